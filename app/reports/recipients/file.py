"""The people of a send-out as a file: of one that has started copied out of the database, of one that has not as far as it is known."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel
from app.domain.status_words import WORDS
from app.lib.tabular import csv_chunks
from app.models import Message, Sendout
from app.participants.twins import TWIN_NAME
from app.reports.recipients.drafts import awaited_rows
from app.reports.recipients.queries import ANSWER_WORDS, NAME, SHOWN, Asked, Recipient, narrowed, order_of
from app.web.copied import cell, copied_csv, moment_cell, word_cell

_DUPLICATE_OF = "Duplicate of "
COLUMNS = (
    "Message", "Name", "Address", "Channel", "Status", "Reason", "Code", "Response", "Sent", "Delivered", "Opened", "Opened by a machine",
    "Clicked", "Acknowledged", "Responded", "Wrote back", "Opted out",
)  # fmt: skip


def report_file(sendout: Sendout, asked: Asked) -> Iterator[bytes]:
    """All that was asked for as CSV, in pieces."""
    if sendout.audience_count is not None:
        return copied_csv(COLUMNS, _rows(asked))
    return csv_chunks(_awaited(asked.channel, awaited_rows(sendout, asked)))


def reason_cell(channel: Channel) -> ColumnElement[Any]:
    """Why a message is not where it should be: our words for a skip, else the other side's."""
    words = {reason: skip_words(reason, channel) for reason in SkipReason}
    told = func.coalesce(word_cell(Message.skip_reason, words), cell(Message.error_words))
    return case((Message.duplicate_of.is_not(None), func.concat(_DUPLICATE_OF, TWIN_NAME)), else_=told)


def _rows(asked: Asked) -> Select[*tuple[Any, ...]]:
    moments = (
        Message.accepted_at, Message.delivered_at, Message.opened_at, Message.machine_opened_at, Message.clicked_at,
        Message.acknowledged_at, Message.responded_at, Message.wrote_back_at, Message.opted_out_at,
    )  # fmt: skip
    columns = select(
        Message.id, cell(NAME), cell(Message.address), literal(str(asked.channel)), word_cell(SHOWN, WORDS),
        reason_cell(asked.channel), cell(Message.error_code), cell(ANSWER_WORDS), *(moment_cell(moment) for moment in moments),
    )  # fmt: skip
    return narrowed(columns, asked).order_by(*order_of(asked))


def _awaited(channel: Channel, rows: Iterator[Recipient]) -> Iterator[tuple[object, ...]]:
    yield COLUMNS
    nothing_yet = (None,) * (len(COLUMNS) - 6)
    for row in rows:
        reason = skip_words(row.skip_reason, channel) if row.skip_reason else None
        reason = f"{_DUPLICATE_OF}{row.duplicate_name}" if row.duplicate_of else reason
        yield (row.message_id, row.name, row.address, channel, WORDS[row.shown], reason, *nothing_yet)
