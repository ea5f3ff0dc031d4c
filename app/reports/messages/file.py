"""The Messages page as a file, copied out of the database."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, case, select

from app.domain.channels import Channel
from app.domain.status_words import WORDS
from app.models import Message
from app.reports.messages.asked import Asked
from app.reports.messages.queries import AT, TITLE, conditions, joined, sendout_ids_of
from app.reports.recipients.file import reason_cell
from app.reports.recipients.queries import ANSWER_WORDS, NAME, SHOWN
from app.web.copied import cell, copied_csv, moment_cell, word_cell

COLUMNS = (
    "Message", "Name", "Address", "Channel", "Send-out", "When", "Status", "Reason", "Code", "Response", "Acknowledged", "Responded",
)  # fmt: skip


def messages_file(asked: Asked) -> Iterator[bytes]:
    """Everything that was asked for as CSV, the last message first, in pieces."""
    return copied_csv(COLUMNS, _rows(asked))


def _rows(asked: Asked) -> Select[*tuple[Any, ...]]:
    by_text = Message.channel == Channel.SMS
    columns = select(
        Message.id, cell(NAME), cell(Message.address), Message.channel, cell(TITLE), moment_cell(AT), word_cell(SHOWN, WORDS),
        case((by_text, reason_cell(Channel.SMS)), else_=reason_cell(Channel.EMAIL)), cell(Message.error_code), cell(ANSWER_WORDS),
        moment_cell(Message.acknowledged_at), moment_cell(Message.responded_at),
    )  # fmt: skip
    return joined(columns).where(*conditions(asked, sendout_ids_of(asked))).order_by(Message.id.desc())
