"""Answering somebody in their conversation: a message to that person like any other, unless something stands against it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.domain.channels import Channel
from app.extensions import db
from app.inbound.conversations import Conversation
from app.inbound.service import mark_answered, mark_done, mark_read
from app.inbound.together import GivenAnswer, answers_since, lock_conversation
from app.inbound.writing.service import Written, single_message
from app.inbound.writing.ways import ways_to
from app.lib.errors import Conflict
from app.messages.single import write_to_one
from app.models import Participant


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody wrote into the answer form; `seen_answer_id` and `seen_text_id` are the last that their page showed, by anybody."""

    written: Written
    user_id: int
    is_last_word: bool  # the conversation is done with it
    seen_answer_id: int
    seen_text_id: int


class AnsweredMeanwhile(Exception):
    """Somebody else has answered while this was being written: it is held until its writer has seen that."""

    def __init__(self, answers: Sequence[GivenAnswer]) -> None:
        super().__init__("somebody has answered meanwhile")
        self.answers = answers


def answer(organisation_id: int, conversation: Conversation, given: Answer) -> int:
    """Send an answer on its way, once however often its form comes; returns its send-out. The conversation is read with it.

    Raises Conflict where nobody is known behind the number or we have nothing to write from, AnsweredMeanwhile, and what
    `write_to_one` raises.
    """
    person = db.session.get(Participant, conversation.participant_id) if conversation.participant_id is not None else None
    if person is None:
        raise Conflict("Say first who this is: an answer goes to a person.")
    single = single_message(ways_to(person, conversation.number)[given.written.channel], given.written, given.user_id)
    lock_conversation(organisation_id, conversation.number)
    if meanwhile := _by_others(organisation_id, conversation, given):
        raise AnsweredMeanwhile(meanwhile)
    title = single.title if single.channel is Channel.EMAIL else f"Answer to {conversation.name}"
    sendout_id = write_to_one(replace(single, title=title, answers=conversation.last_text_id))
    mark_answered(organisation_id, conversation.number, given.seen_text_id)
    mark_read(organisation_id, conversation.number, given.seen_text_id)
    if given.is_last_word:
        mark_done(organisation_id, conversation.number, given.seen_text_id, user_id=given.user_id)
    return sendout_id


def _by_others(organisation_id: int, conversation: Conversation, given: Answer) -> list[GivenAnswer]:
    """What others have answered since the page was made; one's own answers hold up nothing."""
    since = answers_since(organisation_id, conversation.number, given.seen_answer_id)
    return [each for each in since if each.user_id != given.user_id]
