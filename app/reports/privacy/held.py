"""Everything that is held about one person, as tables with headings that anybody can read."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel
from app.domain.mail_html import text_from_html
from app.domain.shown import ShownStatus
from app.domain.status_words import WORDS
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.inbound.said import words_said
from app.models import Participant
from app.participants.custom_fields import custom_fields
from app.participants.queries import consents_of
from app.reports.privacy.whose import Traces
from app.unsubscribes.words import CHANNEL_WORDS, REASON_WORDS, keeps_away


@dataclass(frozen=True, slots=True)
class HeldTable:
    """One kind of data: a name, a sentence about it, headings, rows."""

    name: str
    about: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Any]]


_MESSAGES = text("""
    SELECT m.id, m.channel, m.address, coalesce(nullif(s.title, ''), s.subject) AS title, s.subject, s.html, s.text, s.sms_body,
           m.participant_id, m.shown_status, m.skip_reason, m.accepted_at, m.delivered_at, m.opened_at, m.clicked_at,
           m.acknowledged_at, m.responded_at, m.error_words, s.choices, a.choice
    FROM messages m JOIN sendouts s ON s.id = m.sendout_id
         LEFT JOIN answers a ON a.message_id = m.id AND a.replaced_at IS NULL
    WHERE m.participant_id = ANY(:ids) ORDER BY m.id""")
_EVENTS = text("""
    SELECT e.message_id, e.occurred_at, e.kind, e.status, e.is_machine, e.code, e.words, e.detail->>'user_agent'
    FROM message_events e JOIN messages m ON m.id = e.message_id WHERE m.participant_id = ANY(:ids) ORDER BY e.message_id, e.occurred_at""")
_TEXTS = text("""
    SELECT received_at, from_number, body, media FROM inbound_texts
    WHERE organisation_id = :organisation_id AND (participant_id = ANY(:ids) OR from_number = ANY(:addresses)) ORDER BY id""")
_NOTES = text("""
    SELECT f.message_id, f.at, f.comment, st.name, coalesce(u.name, nullif(f.by_name, ''), '')
    FROM follow_up_entries f JOIN messages m ON m.id = f.message_id
         LEFT JOIN follow_up_statuses st ON st.id = f.status_id LEFT JOIN users u ON u.id = f.user_id
    WHERE m.participant_id = ANY(:ids) ORDER BY f.id""")
_LISTS = text("""
    SELECT l.name, lm.added_at FROM list_memberships lm JOIN participant_lists l ON l.id = lm.list_id
    WHERE lm.participant_id = ANY(:ids) ORDER BY l.name""")
_ENTRIES = text("""
    SELECT address, channel, reason, scope, created_at, proof->>'words', lifted_at, lift_reason FROM unsubscribe_entries
    WHERE organisation_id = :organisation_id AND address = ANY(:addresses) ORDER BY id""")
_LOG = text("""
    SELECT a.created_at, coalesce(u.name, ''), a.action, a.detail->>'was', a.detail->>'became'
    FROM audit_entries a LEFT JOIN users u ON u.id = a.user_id
    WHERE a.organisation_id = :organisation_id AND a.object_kind = 'participant' AND a.object_id = ANY(:ids) ORDER BY a.id""")


def held_about(person: Participant, traces: Traces) -> list[HeldTable]:
    """The tables, the person's own details first. Addresses that are somebody else's as well bring nothing of theirs."""
    asked = {"ids": list(traces.ids), "organisation_id": traces.organisation_id, "addresses": traces.words}
    return [
        _details(person),
        _table("lists", "The lists that the person is on.", ("List", "Since"), _rows(_LISTS, asked)),
        HeldTable(
            "consents",
            "Where the person agreed to texts about news and offers.",
            ("Agreed", "Where", "Withdrawn"),
            [(_time(each.given_at), each.proof, _time(each.withdrawn_at)) for each in consents_of(person)],
        ),
        _messages(asked),
        _table(
            "message events",
            "What was heard of each message: accepted, delivered, opened and so on. “By a program” means that no person opened it.",
            ("Message", "When", "What", "Status", "By a program", "Code", "Words", "Mail program or browser"),
            _rows(_EVENTS, asked),
        ),
        _table("texts received", "What the person texted us.", ("When", "From", "Words", "Pictures"), _rows(_TEXTS, asked)),
        _table(
            "notes", "What was noted with messages to the person.", ("Message", "When", "Note", "Follow-up", "By"), _rows(_NOTES, asked)
        ),
        _unsubscribes(asked),
        _table("changes", "What was changed about the person.", ("When", "By", "What", "Was", "Became"), _rows(_LOG, asked)),
    ]


def _details(person: Participant) -> HeldTable:
    known = [
        ("First name", person.first_name), ("Last name", person.last_name), ("E-mail address", person.email_address),
        ("Mobile number", person.phone_number), ("Written to about", ", ".join(person.about)), ("Member number", person.member_number),
        ("Language", person.language), ("Time zone", person.time_zone), ("On file since", _time(person.created_at)),
    ]  # fmt: skip
    own = [(field.name, person.custom.get(field.key)) for field in custom_fields(person.organisation_id)]
    return HeldTable("person", "Who the person is.", ("What", "Value"), [*known, *own])


def _messages(asked: dict[str, Any]) -> HeldTable:
    rows = db.session.execute(_MESSAGES, asked).all()
    templates = {row.id: (row.sms_body if row.channel == Channel.SMS else row.text or text_from_html(row.html)) for row in rows}
    said = words_said((templates[row.id], row.participant_id) for row in rows)
    headings = (
        "Message", "Sent", "By", "To", "Title", "Subject", "Words", "What became of it", "Why not sent", "Delivered", "Opened", "Clicked",
        "Confirmed", "Answered", "Answer",
    )  # fmt: skip
    return HeldTable(
        "messages",
        "Every message to the person, those that were not sent as well, with the words as they read today.",
        headings,
        [
            (
                row.id, _time(row.accepted_at), CHANNEL_WORDS[Channel(row.channel)], row.address, row.title,
                row.subject if row.channel == Channel.EMAIL else "", said[templates[row.id], row.participant_id].strip(),
                WORDS[ShownStatus(row.shown_status)],
                skip_words(SkipReason(row.skip_reason), Channel(row.channel)) if row.skip_reason else row.error_words,
                *(_time(moment) for moment in (row.delivered_at, row.opened_at, row.clicked_at, row.acknowledged_at, row.responded_at)),
                row.choices[row.choice - 1] if row.choice and row.choice <= len(row.choices) else "",
            )
            for row in rows
        ],
    )  # fmt: skip


def _unsubscribes(asked: dict[str, Any]) -> HeldTable:
    return HeldTable(
        "unsubscribes",
        "Why an address of the person is, or was, not written to.",
        ("Address", "They get no", "Why", "Since", "In their words", "Removed", "Removed because"),
        [
            (address, keeps_away(channel, scope), REASON_WORDS[SuppressionReason(reason)], _time(since), words, _time(lifted), because)
            for address, channel, reason, scope, since, words, lifted, because in db.session.execute(_ENTRIES, asked)
        ],
    )


def _table(name: str, about: str, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> HeldTable:
    return HeldTable(name, about, headings, [tuple(_time(cell) if isinstance(cell, datetime) else cell for cell in row) for row in rows])


def _rows(statement: Any, asked: dict[str, Any]) -> Sequence[Sequence[Any]]:
    return [tuple(row) for row in db.session.execute(statement, asked)]


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else ""
