"""Answering a text: a message to that person like any other, unless something stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from app.domain.suppression import SuppressionReason
from app.inbound.conversations import Conversation
from app.inbound.queries import last_sender_id
from app.inbound.service import mark_answered, mark_done, mark_read
from app.inbound.together import GivenAnswer, answers_since, lock_conversation
from app.lib.errors import Conflict
from app.messages.single import SingleText, what_keeps_from_texting, write_text
from app.models import Participant, UnsubscribeEntry
from app.unsubscribes.queries import number_they_stopped


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why this conversation cannot be answered by text. `kind`: nobody, no_number, by_email, no_sender, stop, listed."""

    kind: str
    entry: UnsubscribeEntry | None = None
    our_number: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote into the answer form; `seen_answer_id` is the last answer by anybody that their page showed."""

    body: str
    form_token: str
    user_id: int
    is_last_word: bool  # the conversation is done with it
    seen_answer_id: int


class AnsweredMeanwhile(Exception):
    """Somebody else has answered while this was being written: it is held until its writer has seen that."""

    def __init__(self, answers: Sequence[GivenAnswer]) -> None:
        super().__init__("somebody has answered meanwhile")
        self.answers = answers


def obstacle(organisation_id: int, conversation: Conversation, person: Participant | None) -> Obstacle | None:
    """What stands against answering now; None when it can be done."""
    if person is None:
        return Obstacle("nobody")
    if person.phone_number is None:
        return Obstacle("by_email" if conversation.is_by_email else "no_number")
    entry = what_keeps_from_texting(organisation_id, person.phone_number)
    if entry is not None:
        is_stop = entry.reason == SuppressionReason.STOP
        return Obstacle("stop" if is_stop else "listed", entry, number_they_stopped(entry) if is_stop else None)
    return Obstacle("no_sender") if last_sender_id(organisation_id, conversation.number) is None else None


def answer(organisation_id: int, conversation: Conversation, written: Answer) -> int:
    """Send an answer on its way, once however often its form comes; returns its send-out. The conversation is read with it.

    Raises Conflict where nobody is known behind the number or we have nothing to text from, AnsweredMeanwhile, and what
    `write_text` raises.
    """
    sender_id = last_sender_id(organisation_id, conversation.number)
    if conversation.participant_id is None or sender_id is None:
        raise Conflict("Say first who this is: an answer goes to a person.")
    lock_conversation(organisation_id, conversation.number)
    if meanwhile := _by_others(organisation_id, conversation, written):
        raise AnsweredMeanwhile(meanwhile)
    # The same words from a page that went back are the same answer; other words are another one.
    digest = sha256(f"{conversation.number}\0{written.body}".encode()).hexdigest()[:16]
    single = SingleText(
        organisation_id=organisation_id,
        user_id=written.user_id,
        participant_id=conversation.participant_id,
        sender_id=sender_id,
        title=f"Answer to {conversation.name}",
        body=written.body,
        form_token=f"{written.form_token}.{digest}",
        answers=conversation.last_text_id,
    )
    sendout_id = write_text(single)
    mark_answered(organisation_id, conversation.number)
    mark_read(organisation_id, conversation.number)
    if written.is_last_word:
        mark_done(organisation_id, conversation.number, user_id=written.user_id)
    return sendout_id


def _by_others(organisation_id: int, conversation: Conversation, written: Answer) -> list[GivenAnswer]:
    """What others have answered since the page was made; one's own answers hold up nothing."""
    since = answers_since(organisation_id, conversation.number, written.seen_answer_id)
    return [each for each in since if each.user_id != written.user_id]
