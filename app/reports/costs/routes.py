"""The page of costs, and under Settings the prices that it is estimated by."""

from decimal import Decimal

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.costs import ChargeKind, Prices
from app.domain.roles import Role
from app.extensions import db
from app.messages.spending import Dimension, budget_standing, prices_of
from app.models import Organisation
from app.reports.blueprint import bp
from app.reports.costs import queries, service
from app.web.forms import FormReader
from app.web.guards import current_organisation_id, signed_in
from app.web.htmx import say

_UNKNOWN = Prices("", Decimal(0), Decimal(0), Decimal(0))


@bp.get("/reports/costs")
@signed_in(Role.TREASURER)
def costs() -> ResponseReturnValue:
    """What was charged: `?by=` what it is put together, `?month=` which month."""
    organisation = db.session.get_one(Organisation, current_organisation_id())
    months = queries.month_choices(organisation.time_zone)
    asked = request.args.get("month", "")
    month = asked if asked in dict(months) else months[0][0]
    by = next((each for each in Dimension if each == request.args.get("by")), Dimension.CHANNEL)
    prices = prices_of(organisation.id)
    return render_template(
        "reports/costs/costs.html",
        table=queries.cost_table(queries.period_of(organisation, by, month), by, prices or _UNKNOWN),
        prices=prices,
        budget=budget_standing(organisation.id),
        by=by,
        months=months,
        month=month,
        kinds=list(ChargeKind),
    )


@bp.get("/settings/costs")
@signed_in(Role.OWNER)
def prices() -> ResponseReturnValue:
    """Prices and the monthly budget."""
    return _prices_page(FormReader(service.typed_before(prices_of(current_organisation_id()))))


@bp.post("/settings/costs")
@signed_in(Role.OWNER)
def save_prices() -> ResponseReturnValue:
    """Keep them."""
    form = FormReader(request.form)
    typed = service.read_prices(form)
    if form.errors:
        return _prices_page(form), 422
    service.save_prices(current_organisation_id(), typed)
    db.session.commit()
    say("Saved. The page of costs uses these prices from now on.")
    return redirect(url_for("reports.prices"), 303)


def _prices_page(form: FormReader) -> str:
    return render_template("reports/costs/prices.html", form=form, currencies=[(each, each) for each in service.CURRENCIES])
