"""A text back that only names a choice of the question it answers: "2" needs nobody to read it."""

from datetime import datetime

from sqlalchemy import select, update

from app.domain.events import InboundText as Text
from app.domain.questions import choice_meant
from app.extensions import db
from app.messages.answers import Given, answer
from app.models import AnswerSource, InboundText, Message, Sendout


def take_as_answer(text: Text, message_id: int, text_id: int, received_at: datetime) -> bool:
    """Keep it as the answer to that message's question, if it is one, and take it off the queue. Returns whether it was.

    Anything more than a choice, or a picture with it, is for a person to read and stays unread.
    """
    asked = select(Sendout.choices).join(Message, Message.sendout_id == Sendout.id).where(Message.id == message_id)
    choice = choice_meant(text.body, db.session.scalar(asked) or [])
    if choice is None or text.media:
        return False
    answer(Given(message_id, choice, received_at, AnswerSource.TEXT, text_id))
    db.session.execute(update(InboundText).where(InboundText.id == text_id).values(read_at=received_at, done_at=received_at))
    return True
