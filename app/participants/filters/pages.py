"""The page on which a filter is made or changed: its rows, and the people whom it finds."""

from collections.abc import Callable
from urllib.parse import urlencode

from flask import Response, request, url_for

from app.domain.conditions import MOST_CONDITIONS, About, decoded
from app.models import SavedFilter
from app.participants.filters.compiling import clause_of
from app.participants.filters.known import Known, known_to, named_in
from app.participants.filters.queries import languages_of, sendout_choices, unfrozen_sendouts, values_of
from app.participants.filters.rows import Row, conditions_of, named_by, rows_in, rows_of, what_choices
from app.participants.lists.queries import list_choices
from app.participants.names import language_name
from app.participants.queries import Wanted, people_count, people_page
from app.participants.standing import state_of
from app.web.guards import current_organisation_id
from app.web.htmx import render_page_or_partial
from app.web.pagination import asked_cursor

_OF_ROWS = ("what-", "which-", "operator-", "value-")


def rows_now(saved: SavedFilter | None) -> tuple[list[Row], Known]:
    """The rows as they stand: as sent with the form or the address, else as saved."""
    organisation_id = current_organisation_id()
    form = request.values
    if saved is None or any(name.startswith("what-") for name in form):
        known = known_to(organisation_id, named_by(form))
        return rows_in(form, known), known
    conditions = decoded(saved.conditions)
    known = known_to(organisation_id, named_in(conditions))
    rows = rows_of(conditions, known)
    return ([*rows, Row()] if "add" in form and len(rows) < MOST_CONDITIONS else rows), known


def filter_page(saved: SavedFilter | None, errors: dict[str, str] | None = None) -> Response:
    """The page with its rows and people; with what is wrong, once somebody wanted it saved."""
    rows, known = rows_now(saved)
    organisation_id = current_organisation_id()
    conditions = conditions_of(rows)
    wanted = Wanted(organisation_id, clause=clause_of(conditions, known))
    here = url_for("filters.show", filter_id=saved.id) if saved else url_for("filters.new")
    return render_page_or_partial(
        "filters/show.html",
        "filters/_filtering.html",
        saved=saved,
        here=here,
        rows=rows,
        fields=known.fields,
        has_room=len(rows) < MOST_CONDITIONS,
        what_choices=what_choices(known.fields),
        which_choices={str(place): _which_choices(row) for place, row in enumerate(rows)},
        tick_choices={str(place): _tick_choices(row, known) for place, row in enumerate(rows)},
        name=request.values.get("name", saved.name if saved else ""),
        errors=errors or {},
        waiting=unfrozen_sendouts(saved.id) if saved else [],
        more_people=_more_people(here),
        people=people_page(wanted, asked_cursor()),
        count=people_count(wanted),
        wanted=wanted,
        is_narrowed=bool(conditions),
        state_of=state_of,
    )


def _which_choices(row: Row) -> list[tuple[str, str]]:
    """The lists or send-outs that a row can ask about."""
    organisation_id = current_organisation_id()
    if row.about is About.LIST:
        return [(str(number), name) for number, name in list_choices(organisation_id)]
    if row.about is About.SENDOUT:
        chosen = int(row.which) if row.condition else None
        return [(str(number), name) for number, name in sendout_choices(organisation_id, chosen)]
    return []


def _tick_choices(row: Row, known: Known) -> list[tuple[str, str]]:
    """What can be ticked in a row: what people have, and what is ticked already."""
    if row.input != "ticks":
        return []
    if row.about is About.LANGUAGE:
        found = dict.fromkeys((*languages_of(current_organisation_id()), *row.values))
        return [(code, language_name(code)) for code in found]
    field = known.fields.get(row.which)
    found = dict.fromkeys((*(values_of(field) if field else ()), *row.values))
    return [(value, value) for value in found]


def _more_people(here: str) -> Callable[[int], str]:
    """The address of the people behind a place, with the rows as they stand."""
    asked = [(name, value) for name, values in request.values.lists() if name.startswith(_OF_ROWS) for value in values]
    return lambda after: f"{here}?{urlencode([*asked, ('after', str(after))])}"
