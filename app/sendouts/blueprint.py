"""The blueprint that this room's pages hang on, apart from them so that each may import it."""

from flask import Blueprint

from app.sendouts.running import Actor
from app.web.guards import current_organisation_id, current_user_id

bp = Blueprint("sendouts", __name__)


def actor() -> Actor:
    """Who is at the keyboard, for which organisation."""
    return Actor(current_organisation_id(), current_user_id())


def details_url(sendout_id: int) -> str:
    """Where one follows what becomes of a send-out; the reports stand above this room, which therefore only knows the address."""
    return f"/sendouts/{sendout_id}"
