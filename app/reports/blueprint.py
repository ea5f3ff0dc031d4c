"""The blueprint that this room's pages hang on, apart from them so that each may import it."""

from typing import Any

from flask import Blueprint, current_app

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel
from app.domain.mailbox_providers import mailbox_words
from app.domain.roles import Role
from app.domain.shown import ShownStatus
from app.lib.clock import now
from app.participants.follow_ups import follow_ups_of, said_of
from app.participants.marks import marks_of
from app.reports.accounting import possible_statuses
from app.web.membership import current_role

_MINUTES_FROM, _HOURS_FROM = 100, 2 * 3600

bp = Blueprint("reports", __name__)


@bp.context_processor
def _what_pages_ask() -> dict[str, Any]:
    """Templates show a button only to whom its door would let in: `can("organiser")`."""
    return {
        "can": lambda role: current_role().includes(Role(role)),
        "all_statuses": tuple(ShownStatus),
        "possible_statuses": possible_statuses,
        "mailbox_words": mailbox_words,
        "follow_ups_of": follow_ups_of,
        "said_of": said_of,
        "has_page": lambda endpoint: endpoint in current_app.view_functions,
        "marks_of": marks_of,
        "skip_words": lambda reason, channel: skip_words(SkipReason(reason), Channel(channel)),
        "seconds_to": lambda moment: max(0, round((moment - now()).total_seconds())),
        "time_left": time_left,
    }


def time_left(seconds: int) -> str:
    """A rough time for people: "40 seconds", "12 minutes", "3 hours"."""
    if seconds < _MINUTES_FROM:
        return f"{max(5, 5 * round(seconds / 5))} seconds"
    if seconds < _HOURS_FROM:
        return f"{round(seconds / 60)} minutes"
    return f"{round(seconds / 3600)} hours"
