"""Texts that are long on their way: whose turn it is to be asked about at the provider.

A callback may be lost for good; asked for the text itself, the provider says the same as its callback would have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.extensions import db

FIRST_AFTER_SECONDS = 3_600  # after acceptance; then after 1, 2, 4 and 8 hours more
LAST_AFTER_SECONDS = 24 * 3_600  # some carriers never confirm: it stays Sent


@dataclass(frozen=True, slots=True)
class UnconfirmedText:
    """A text that the provider took and of whose end nothing was heard."""

    message_id: int
    provider_ref: str


_DUE = text("""
    SELECT m.id, m.provider_ref FROM messages m LEFT JOIN text_inquiries q ON q.message_id = m.id
    WHERE m.channel = 'sms' AND m.status = 'sent' AND m.provider_ref IS NOT NULL
      AND m.accepted_at BETWEEN now() - make_interval(secs => :last) AND now() - make_interval(secs => :first)
      AND (q.due_at IS NULL OR q.due_at <= now())
    ORDER BY q.due_at NULLS FIRST, m.accepted_at LIMIT :most""")

_ASKED = text("""
    INSERT INTO text_inquiries (message_id, tries, due_at)
    SELECT id, 1, now() + make_interval(secs => :first) FROM unnest(CAST(:ids AS bigint[])) AS asked(id) ORDER BY id
    ON CONFLICT (message_id) DO UPDATE
    SET tries = text_inquiries.tries + 1, due_at = now() + make_interval(secs => :first * (1 << least(text_inquiries.tries, 6)))""")


def unconfirmed_texts(most: int) -> list[UnconfirmedText]:
    """Whose turn it is, those never asked about first."""
    asked = {"first": FIRST_AFTER_SECONDS, "last": LAST_AFTER_SECONDS, "most": most}
    return [UnconfirmedText(*row) for row in db.session.execute(_DUE, asked)]


def note_inquiry(message_ids: Sequence[int]) -> None:
    """Remember that the provider was asked, whatever it said; each time it is asked again after twice as long."""
    db.session.execute(_ASKED, {"ids": list(message_ids), "first": FIRST_AFTER_SECONDS})
