"""Settings → Service for owners, and the page of what stands in doubt for whoever may decide about it."""

import hmac
from ipaddress import ip_address

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.reputation import BOUNCE_ADVICE, COMPLAINT_ADVICE
from app.domain.roles import Role
from app.extensions import db
from app.messages.doubt import doubtful_batches, leave_batch, send_batch_again
from app.reports.blueprint import bp
from app.reports.service.account import account, ask_amazon
from app.reports.service.health import reputation_of
from app.reports.service.metrics import CONTENT_TYPE, exposition
from app.reports.service.standing import backlog, crews, inflows, reasons, troubled_minutes
from app.users.audit import record
from app.web.guards import current_organisation_id, public, signed_in
from app.web.htmx import render_page_or_partial, say
from app.web.installation import settings


@bp.get("/settings/service")
@signed_in(Role.OWNER)
def service() -> ResponseReturnValue:
    """Whether the service itself is well: processes, queues, callbacks, Amazon's limits, health."""
    organisation_id = current_organisation_id()
    return render_page_or_partial(
        "reports/service/service.html",
        "reports/service/_standing.html",
        crews=crews(),
        backlog=backlog(),
        inflows=inflows(),
        reasons=reasons(),
        troubled_minutes=troubled_minutes(),
        account=account(),
        reputation=reputation_of(organisation_id),
        advice={"bounces": BOUNCE_ADVICE, "complaints": COMPLAINT_ADVICE},
        doubtful=sum(len(batch.people) for batch in doubtful_batches(organisation_id) if batch.left_at is None),
    )


@bp.post("/settings/service/ask-amazon")
@signed_in(Role.OWNER)
def ask_ses() -> ResponseReturnValue:
    """Ask Amazon for its limits now."""
    if ask_amazon():
        say("Amazon has answered.")
    else:
        say("Amazon did not answer. Run “flask doctor” on the server to see why.", kind="danger")
    return redirect(url_for("reports.service"), 303)


@bp.get("/settings/in-doubt")
@signed_in(Role.VIEWER)
def doubts() -> ResponseReturnValue:
    """Whom we cannot tell about: who, why, since when, and when it is settled."""
    batches = doubtful_batches(current_organisation_id())
    waiting = [batch for batch in batches if batch.left_at is None]
    return render_template("reports/service/doubts.html", waiting=waiting, left=[batch for batch in batches if batch.left_at is not None])


@bp.post("/settings/in-doubt/<int:batch_id>/send-again")
@signed_in(Role.ORGANISER)
def send_batch(batch_id: int) -> ResponseReturnValue:
    """Send a whole batch again; it may arrive twice."""
    sendout_id, people = send_batch_again(current_organisation_id(), batch_id)
    record("send_again", "sendout", sendout_id, people=people)
    db.session.commit()
    say(f"Sending again to {people:,} {'person' if people == 1 else 'people'}.")
    return redirect(url_for("reports.doubts"), 303)


@bp.post("/settings/in-doubt/<int:batch_id>/leave")
@signed_in(Role.ORGANISER)
def leave(batch_id: int) -> ResponseReturnValue:
    """Ask no more about a batch."""
    sendout_id, people = leave_batch(current_organisation_id(), batch_id)
    record("leave_doubt", "sendout", sendout_id, people=people)
    db.session.commit()
    say("Left as it is. Should news of it come, the report shows it.")
    return redirect(url_for("reports.doubts"), 303)


@bp.get("/metrics")
@public
def metrics() -> ResponseReturnValue:
    """Numbers for Prometheus: with the token where one is set, else from this machine alone."""
    if not _may_measure():
        return Response("Not from here: set METRICS_TOKEN, and send it as a bearer token.\n", 403, mimetype="text/plain")
    return Response(exposition(), content_type=CONTENT_TYPE)


def _may_measure() -> bool:
    """A proxy on this machine speaks for others: whatever was forwarded is not from here."""
    token = settings().metrics_token
    if token is not None:
        given = request.headers.get("Authorization", "")
        return hmac.compare_digest(given.encode(errors="replace"), f"Bearer {token}".encode())
    is_forwarded = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via"))
    return not is_forwarded and ip_address(request.remote_addr or "0.0.0.0").is_loopback  # noqa: S104  nobody's address
