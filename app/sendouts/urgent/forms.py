"""The urgent text's one screen, read into plain values."""

from app.sendouts.composing.forms import MAX_SMS, Form, line, lines, number, numbers
from app.sendouts.urgent.service import UrgentAnswers

USEFUL_HOURS = 3
MAX_USEFUL_HOURS = 48
_TOKEN_LENGTH = 80


def urgent_answers(form: Form) -> UrgentAnswers:
    """Read the screen as it was sent."""
    return UrgentAnswers(
        text=lines(form, "text")[:MAX_SMS],
        list_ids=numbers(form, "list_id"),
        participant_ids=numbers(form, "participant_id"),
        useful_hours=min(max(number(form, "useful_hours") or USEFUL_HOURS, 1), MAX_USEFUL_HOURS),
        seen_count=number(form, "seen_count"),
        form_token=line(form, "form_token")[:_TOKEN_LENGTH],
    )
