"""A test to oneself: the send-out as one person would get it, sent to whoever asks. It leaves no row and counts nowhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.addresses import normalise_number
from app.domain.channels import Channel, CommunicationType
from app.extensions import db
from app.jobs import SEND_TRIAL, enqueue
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.messages.hindrances import entry_against
from app.models import Organisation, Sendout, User
from app.sendouts.composing.queries import sender_of
from app.sendouts.previewing.service import preview
from app.users.audit import record


@dataclass(frozen=True, slots=True)
class Tester:
    """Who is signed in, and the mobile number as typed, if any."""

    user_id: int
    number: str


def ask_for_trial(sendout: Sendout, participant_id: int, tester: Tester) -> str:
    """Have it sent, before all bulk; returns where to, in words. The number is kept for the next time.

    Raises Invalid for what cannot be sent, for a number that cannot be used and for who is on the Unsubscribes list,
    Conflict when nobody is there to send it.
    """
    user = db.session.get_one(User, tester.user_id)
    seen = preview(sendout, participant_id)
    if seen.problem:
        raise Invalid(seen.problem)
    email = user.email if seen.mail and sender_of(sendout, Channel.EMAIL) else ""
    number = _number(sendout, user, tester.number) if seen.text and sender_of(sendout, Channel.SMS) else ""
    places = {channel: place for channel, place in ((Channel.EMAIL, email), (Channel.SMS, number)) if place}
    if not places:
        raise Invalid("Choose under Options what it leaves from, and say which mobile number a text should go to.", "number")
    _refuse_listed(sendout, places)
    record("tested", "sendout", sendout.id, channels=list(places))
    job_id = f"trial-{sendout.id}-{user.id}-{int(now().timestamp())}"
    if not enqueue(SEND_TRIAL, sendout.id, participant_id, email, number, job_id=job_id):
        raise Conflict("The test could not be sent just now. Try again in a moment.")
    return " and ".join(places.values())


def _refuse_listed(sendout: Sendout, places: Mapping[Channel, str]) -> None:
    """Raise Invalid for a place that the send-out itself may not go to: a text to any number can be asked for here."""
    is_marketing = sendout.communication_type == CommunicationType.MARKETING
    for channel, place in places.items():
        if entry_against(sendout.organisation_id, channel, place, is_marketing=is_marketing) is not None:
            raise Invalid(f"{place} is on the Unsubscribes list, for a STOP or another reason, so no test can go there.", "number")


def _number(sendout: Sendout, user: User, typed: str) -> str:
    if not typed.strip():
        return ""
    user.phone_number = normalise_number(typed, db.session.get_one(Organisation, sendout.organisation_id).country)
    return user.phone_number
