"""Where the signed-in person stands: which organisation they are looking at, and what they may do there."""

from dataclasses import dataclass

from flask import g, session
from flask_login import current_user
from sqlalchemy import bindparam, select

from app.domain.roles import Role
from app.extensions import db
from app.models import Membership, Organisation

CHOSEN = "organisation_id"  # the session's key for the organisation last chosen


@dataclass(frozen=True, slots=True)
class Standing:
    """One of the signed-in person's memberships, with what every page needs to know of its organisation."""

    organisation_id: int
    organisation_name: str
    role: Role
    time_zone: str
    country: str


def standings() -> tuple[Standing, ...]:
    """All memberships of the signed-in person, oldest first; read once a request."""
    if "standings" not in g:
        g.standings = _read(current_user.id)
    known: tuple[Standing, ...] = g.standings
    return known


def standing() -> Standing | None:
    """The membership in force: of the organisation chosen in this session, else of the first; None for who belongs nowhere."""
    if "standings" not in g and not current_user.is_authenticated:
        return None
    known, chosen = standings(), session.get(CHOSEN)
    return next((each for each in known if each.organisation_id == chosen), known[0]) if known else None


def current_standing() -> Standing:
    """The membership in force; only for what runs behind `signed_in`."""
    found = standing()
    if found is None:
        raise RuntimeError("asked for the organisation of a request that `signed_in` did not admit")
    return found


def current_organisation_id() -> int:
    """The organisation that this request is about; every query names it."""
    return current_standing().organisation_id


def current_role() -> Role:
    """The signed-in person's role in the current organisation."""
    return current_standing().role


def current_user_id() -> int:
    """The signed-in person."""
    user_id: int = current_user.id
    return user_id


_MEMBERSHIPS = (
    select(Organisation.id, Organisation.name, Membership.role, Organisation.time_zone, Organisation.country)
    .join(Membership, Membership.organisation_id == Organisation.id)
    .where(Membership.user_id == bindparam("user_id"))
    .order_by(Membership.id)
)


def _read(user_id: int) -> tuple[Standing, ...]:
    rows = db.session.execute(_MEMBERSHIPS, {"user_id": user_id})
    return tuple(Standing(number, name, Role(role), zone, country) for number, name, role, zone, country in rows)
