"""A test to oneself: the send-out as one person would get it, sent to whoever asks. It leaves no row and counts nowhere."""

from dataclasses import dataclass

from app.domain.addresses import normalise_number
from app.domain.channels import Channel
from app.extensions import db
from app.jobs import SEND_TRIAL, enqueue
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.models import Organisation, Sendout, User
from app.sendouts.composing.queries import sender_of
from app.sendouts.previewing.service import preview


@dataclass(frozen=True, slots=True)
class Tester:
    """Who is signed in, and the mobile number as typed, if any."""

    user_id: int
    number: str


def ask_for_trial(sendout: Sendout, participant_id: int, tester: Tester) -> str:
    """Have it sent, before all bulk; returns where to, in words. The number is kept for the next time.

    Raises Invalid for what cannot be sent or a number that cannot be used, Conflict when nobody is there to send it.
    """
    user = db.session.get_one(User, tester.user_id)
    seen = preview(sendout, participant_id)
    if seen.problem:
        raise Invalid(seen.problem)
    email = user.email if seen.mail and sender_of(sendout, Channel.EMAIL) else ""
    number = _number(sendout, user, tester.number) if seen.text and sender_of(sendout, Channel.SMS) else ""
    if not email and not number:
        raise Invalid("Choose under Options what it leaves from, and say which mobile number a text should go to.", "number")
    job_id = f"trial-{sendout.id}-{user.id}-{int(now().timestamp())}"
    if not enqueue(SEND_TRIAL, sendout.id, participant_id, email, number, job_id=job_id):
        raise Conflict("The test could not be sent just now. Try again in a moment.")
    return " and ".join(place for place in (email, number) if place)


def _number(sendout: Sendout, user: User, typed: str) -> str:
    if not typed.strip():
        return ""
    user.phone_number = normalise_number(typed, db.session.get_one(Organisation, sendout.organisation_id).country)
    return user.phone_number
