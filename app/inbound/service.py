"""Texts that people send to our numbers: kept once each, joined to the message that they answer, acted on where they must be.

A STOP is on the list in the transaction that keeps its text, so it holds before anybody is answered. Nothing here commits.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.keywords import Keyword, read_keyword
from app.domain.replies import is_answered_by_twilio, is_toll_free
from app.domain.shown import Facts, OptOutMethod
from app.domain.suppression import SuppressionReason
from app.extensions import db, rows_changed
from app.inbound import queries
from app.inbound.chosen import take_as_answer
from app.inbound.queries import Correspondents
from app.inbound.tasks.planning import Kept, plan_tasks
from app.lib.clock import now
from app.lib.errors import NotFound
from app.lib.storable import storable, storable_text
from app.messages.facts import record_facts
from app.models import InboundText
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import lift_stop, suppress


class UnknownSender(Exception):
    """Nobody here owns the number or service that this text was sent to; it may be added later, so offer the text again."""


@dataclass(frozen=True, slots=True)
class ReceivedText:
    """A text as it was kept; `is_new` is False for one that was kept before."""

    text_id: int
    organisation_id: int
    keyword: Keyword
    is_new: bool


def receive_text(text: Text, received_at: datetime) -> ReceivedText:
    """Keep a text once, and do what it asks: STOP opts out, START lifts that, and anything else is writing back.

    Raises UnknownSender. A likely opt-out changes nothing by itself: it waits for a person's review.
    """
    between = queries.correspondents(text, received_at)
    if between is None:
        raise UnknownSender("no organisation here has the number or service that was texted")
    is_network = is_toll_free(text.to_number)
    keyword = read_keyword(text.body, text.opt_out_type, is_opted_out=between.is_opted_out, is_toll_free=is_network)
    text_id = _keep(text, between, keyword, received_at)
    if text_id is None:
        return _heard_again(text, between, keyword)
    kept = ReceivedText(text_id, between.organisation_id, keyword, is_new=True)
    is_new_stop = _act(text, between, kept, received_at)
    plan_tasks(Kept(text_id, text, between, keyword, is_new_stop))
    return kept


def mark_read(organisation_id: int, number: str, seen: int) -> int:
    """Note that somebody has read what came from this number, up to the text `seen`. Returns how many texts were unread."""
    return _mark(organisation_id, number, InboundText.read_at.is_(None) & (InboundText.id <= seen), read_at=now())


def mark_answered(organisation_id: int, number: str, seen: int) -> int:
    """Note that a person has answered what came from this number, up to the text `seen`. Returns how many texts had waited."""
    return _mark(organisation_id, number, InboundText.answered_at.is_(None) & (InboundText.id <= seen), answered_at=now())


def mark_done(organisation_id: int, number: str, seen: int, *, user_id: int) -> int:
    """Close the conversation with this number until they write again, after the text `seen`. Returns how many texts were open."""
    return _mark(organisation_id, number, InboundText.done_at.is_(None) & (InboundText.id <= seen), done_at=now(), done_by=user_id)


def reopen(organisation_id: int, number: str) -> int:
    """Take back that the conversation with this number is done. Returns how many texts are open again: the last one, or none."""
    is_theirs = InboundText.organisation_id == organisation_id, InboundText.from_number == number
    last = select(func.max(InboundText.id)).where(*is_theirs).scalar_subquery()
    return _mark(organisation_id, number, (InboundText.id == last) & InboundText.done_at.is_not(None), done_at=None, done_by=None)


def add_sender_to_list(organisation_id: int, text_id: int, *, user_id: int) -> int | None:
    """Put whoever sent this text on the Unsubscribes list by hand, as a person's reading of it.

    Returns the entry's id; None when they stood there already.
    """
    text = _own(organisation_id, text_id)
    entry = NewEntry(
        organisation_id=organisation_id,
        channel=Channel(text.channel),
        address=text.from_number,
        reason=SuppressionReason.MANUAL,
        source=EntrySource.REPLY,
        message_id=text.message_id,
        inbound_text_id=text.id,
        created_by=user_id,
        proof={"words": text.body, "at": text.received_at},
    )
    text.reviewed_at = now()
    return next(iter(suppress([entry])), None)


def dismiss_review(organisation_id: int, text_id: int) -> None:
    """Decide that a likely opt-out is none."""
    _own(organisation_id, text_id).reviewed_at = now()


def _heard_again(text: Text, between: Correspondents, keyword: Keyword) -> ReceivedText:
    """A text that is kept already. Twilio's verdict, which its list of texts does not name, may come late: then it is done now."""
    known = queries.kept_text(text.provider_ref)
    is_verdict = text.opt_out_type is not None and between.organisation_id == known.organisation_id
    if not (is_verdict and known.keyword in (Keyword.NONE, Keyword.LIKELY_STOP)):
        return ReceivedText(known.id, known.organisation_id, Keyword(known.keyword), is_new=False)
    known.keyword = keyword
    kept = ReceivedText(known.id, known.organisation_id, keyword, is_new=False)
    if keyword in (Keyword.STOP, Keyword.START):
        _act(text, between, kept, known.received_at)
    return kept


def _keep(text: Text, between: Correspondents, keyword: Keyword, received_at: datetime) -> int | None:
    row = {
        "received_at": received_at,
        "organisation_id": between.organisation_id,
        "sender_id": between.sender_id,
        "from_number": text.from_number,
        "body": storable_text(text.body),
        "media": storable([list(each) for each in text.media]),
        "provider_ref": text.provider_ref,
        "keyword": keyword,
        "segments": text.segments,
        "participant_id": between.participant_id,
        "message_id": between.message_id,
    }
    kept = insert(InboundText).values(row).on_conflict_do_nothing(index_elements=("provider_ref",)).returning(InboundText.id)
    return db.session.scalar(kept)


def _act(text: Text, between: Correspondents, kept: ReceivedText, received_at: datetime) -> bool:
    """Do what it asks; returns whether it put its number on the list, where it did not stand before."""
    is_last_word = _is_last_word(text, between, kept.keyword, received_at)
    added = suppress([_stop(text, between, kept, received_at)]) if kept.keyword is Keyword.STOP and is_last_word else []
    if kept.keyword is Keyword.START:
        if is_last_word:
            lift_stop(between.organisation_id, text.from_number, words=storable_text(text.body).strip())
    elif between.message_id is not None:
        is_stop = kept.keyword is Keyword.STOP
        said_no = Facts(opted_out_at=received_at, opted_out_by=OptOutMethod.STOP)
        record_facts(between.message_id, said_no if is_stop else Facts(wrote_back_at=received_at))
        if kept.keyword is Keyword.NONE:
            take_as_answer(text, between.message_id, kept.text_id, received_at)
    return bool(added)


def _is_last_word(text: Text, between: Correspondents, keyword: Keyword, received_at: datetime) -> bool:
    """STOP against START goes by the time of receipt, also where one of them is found only later."""
    is_asked = keyword in (Keyword.STOP, Keyword.START)
    return is_asked and not queries.is_overtaken(between.organisation_id, text.from_number, keyword, received_at)


def _stop(text: Text, between: Correspondents, kept: ReceivedText, received_at: datetime) -> NewEntry:
    is_at_network = is_answered_by_twilio(text.body, text.opt_out_type, ours=text.to_number)
    return NewEntry(
        organisation_id=between.organisation_id,
        channel=Channel.SMS,
        address=text.from_number,
        reason=SuppressionReason.STOP,
        source=EntrySource.REPLY,
        sendout_id=between.sendout_id,
        message_id=between.message_id,
        inbound_text_id=kept.text_id,
        proof={"words": text.body, "at": received_at, "reference": text.provider_ref, "is_at_network": is_at_network},
    )


def _mark(organisation_id: int, number: str, is_open: ColumnElement[bool], **values: object) -> int:
    theirs = update(InboundText).where(InboundText.organisation_id == organisation_id, InboundText.from_number == number, is_open)
    return rows_changed(theirs.values(**values))


def _own(organisation_id: int, text_id: int) -> InboundText:
    found = db.session.get(InboundText, text_id)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("There is no such text.")
    return found
