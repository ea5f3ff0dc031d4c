"""Telling those who may approve a draft that somebody asked, and who asked what the answer is."""

import structlog

from app.domain.channels import Channel
from app.extensions import db
from app.messages.rates import BATCH_LIMIT
from app.messages.send_path import carrier_now
from app.models import Sender, Sendout, User
from app.providers.base import EmailCall
from app.sendouts.approving.queries import deciders_of
from app.sendouts.approving.service import to_announce
from app.sendouts.composing.queries import sender_of, senders_of
from app.web.installation import settings
from workers.runtime import job
from workers.team_mail import Said, team_mail

log = structlog.get_logger(__name__)


@job
def announce_approval(sendout_id: int) -> None:
    """E-mail a question to those who may decide, or the answer to who asked, once. Nobody waits for it: the draft's page says the same."""
    sendout = to_announce(sendout_id)
    if sendout is None:
        return
    said = _question(sendout) if sendout.approval_decided_at is None else _answer(sendout)
    call, carrier = _call(sendout, said), carrier_now()
    db.session.commit()
    if call is not None and call.messages:
        outcomes = carrier.hand_over(call)
        log.info("approval announced", sendout_id=sendout_id, outcomes=[type(each).__name__ for each in outcomes])


def _question(sendout: Sendout) -> Said:
    asker, title = _user(sendout.approval_asked_by), _title(sendout)
    lines = (
        f"{_name(asker)} asks you to approve “{title}”.",
        "Nothing of it goes before somebody has. Read it, then approve it or send it back:",
    )
    deciders = tuple(each.email for each in deciders_of(sendout)[:BATCH_LIMIT])
    return Said(deciders, f"Please approve “{title}”", lines, asker.email if asker else None)


def _answer(sendout: Sendout) -> Said:
    asker, decider, title = _user(sendout.approval_asked_by), _user(sendout.approval_decided_by), _title(sendout)
    subject, lines = f"Approved: “{title}”", [f"{_name(decider)} has approved “{title}” as it is. It can be sent:"]
    if sendout.approval_note is not None:
        subject = f"Sent back: “{title}”"
        lines = [f"{_name(decider)} sent “{title}” back:", sendout.approval_note, "Change it here, and ask again:"]
    return Said((asker.email,) if asker and asker.active else (), subject, tuple(lines), decider.email if decider else None)


def _call(sendout: Sendout, said: Said) -> EmailCall | None:
    """The e-mail to all of them; None where the organisation has no address to e-mail from."""
    sender = _sender(sendout)
    if sender is None:
        return None
    link = f"{settings().public_url}/sendouts/{sendout.id}/compose/review"
    return team_mail(sender, said, link)


def _user(user_id: int | None) -> User | None:
    return db.session.get(User, user_id) if user_id else None


def _name(user: User | None) -> str:
    return user.name if user else "Somebody of your team"


def _title(sendout: Sendout) -> str:
    return sendout.title or sendout.subject or "a send-out"


def _sender(sendout: Sendout) -> Sender | None:
    return sender_of(sendout, Channel.EMAIL) or next(iter(senders_of(sendout.organisation_id, Channel.EMAIL)), None)
