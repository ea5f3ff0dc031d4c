"""The blueprint that this room's pages hang on, apart from them so that each may import it."""

from flask import Blueprint, request

from app.domain.roles import Role
from app.sendouts.running import Actor
from app.web.guards import current_organisation_id, current_role, current_user_id

bp = Blueprint("sendouts", __name__)


def actor() -> Actor:
    """Who is at the keyboard, for which organisation."""
    return Actor(current_organisation_id(), current_user_id(), may_overspend="over_budget" in request.form and current_role() is Role.OWNER)


def details_url(sendout_id: int) -> str:
    """Where one follows what becomes of a send-out; the reports stand above this room, which therefore only knows the address."""
    return f"/sendouts/{sendout_id}"
