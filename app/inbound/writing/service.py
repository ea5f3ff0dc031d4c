"""What somebody has written to one person, made a message of. Nothing here commits."""

from dataclasses import dataclass
from hashlib import sha256
from textwrap import shorten

from app.domain.channels import Channel
from app.inbound.writing.ways import Way
from app.lib.errors import Conflict
from app.messages.hindrances import Against, Hindrance
from app.messages.single import SingleMessage, write_to_one

LONGEST_TEXT = 1600  # what Twilio takes in one go: https://www.twilio.com/docs/api/errors/21617
LONGEST_MAIL = 20_000
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form: an e-mail has a subject. Its token makes it one message however often it is sent."""

    channel: Channel
    subject: str
    body: str
    form_token: str
    is_marketing: bool = False


def write(way: Way, written: Written, user_id: int | None) -> int:
    """Send it on its way; returns its send-out. Raises Conflict, and what `write_to_one` raises."""
    return write_to_one(single_message(way, written, user_id))


def single_message(way: Way, written: Written, user_id: int | None) -> SingleMessage:
    """The message that it makes, titled as it begins. Raises Conflict where there is nothing to write from."""
    if way.sender is None:
        raise Conflict(Against(Hindrance.NO_SENDER, way.channel).words)
    is_mail = way.channel is Channel.EMAIL
    # The same words from a page that went back are the same message; other words are another one.
    digest = sha256(f"{way.address}\0{written.subject * is_mail}\0{written.body}".encode()).hexdigest()[:16]
    return SingleMessage(
        organisation_id=way.person.organisation_id,
        user_id=user_id,
        participant_id=way.person.id,
        sender_id=way.sender.id,
        title=written.subject if is_mail else shorten(written.body, _TITLE_LENGTH, placeholder=" …"),
        body=written.body,
        form_token=f"{written.form_token}.{digest}",
        subject=written.subject if is_mail else None,
        is_marketing=written.is_marketing and is_mail,
    )
