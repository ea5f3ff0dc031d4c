"""The rail: seven places, in the order of ui.md, each with the number of what waits there."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request, url_for

from app.domain.roles import Role
from app.web.membership import Standing, current_organisation_id, current_role, standing, standings

Count = Callable[[int], int]


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail: the endpoint it opens, and the paths that belong to it."""

    word: str
    icon: str
    endpoint: str
    root: str
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as drawn for this request."""

    place: Place
    url: str
    is_here: bool
    waiting: int


PLACES = (
    Place("Home", "home", "reports.home", "/home"),
    Place("Send-outs", "send", "reports.sendouts", "/sendouts"),
    Place("Replies", "messages", "inbound.replies", "/replies"),
    Place("Participants", "users", "participants.index", "/participants", ("/lists", "/imports")),
    Place("Unsubscribes", "user-off", "unsubscribes.index", "/unsubscribes"),
    Place("Reports", "chart-donut", "reports.messages", "/reports"),
    Place("Settings", "settings", "users.settings", "/settings"),
)

# Of a role that is narrowed, the places that it has.
_NARROWED = {
    Role.TREASURER: (
        Place("Costs", "coin", "reports.costs", "/reports"),
        Place("Settings", "settings", "users.settings", "/settings"),
    )
}

_COUNTS: dict[str, Count] = {}


def counts(endpoint: str) -> Callable[[Count], Count]:
    """Register how many things wait at a place: the rooms know, and the rail stands below them."""

    def registering(count: Count) -> Count:
        _COUNTS[endpoint] = count
        return count

    return registering


def init_app(app: Flask) -> None:
    """Give the rail to every template, as functions: a page without it pays for nothing."""
    app.jinja_env.globals.update(navigation=navigation, standing=standing, other_standings=other_standings)


def navigation() -> list[Entry]:
    """The rail of the current organisation; a place without a page yet is left out."""
    places = _NARROWED.get(current_role(), PLACES)
    return [_entry(place) for place in places if place.endpoint in current_app.view_functions]


def other_standings() -> list[Standing]:
    """The organisations that the signed-in person could change to."""
    return [each for each in standings() if each.organisation_id != current_organisation_id()]


def _entry(place: Place) -> Entry:
    count = _COUNTS.get(place.endpoint)
    is_here = any(request.path == root or request.path.startswith(f"{root}/") for root in (place.root, *place.others))
    return Entry(place, url_for(place.endpoint), is_here, count(current_organisation_id()) if count else 0)
