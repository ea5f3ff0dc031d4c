"""Telling those who may approve a draft that somebody asked."""

from email.utils import formataddr
from html import escape

import structlog

from app.domain.channels import Channel
from app.extensions import db
from app.messages.rates import BATCH_LIMIT
from app.messages.send_path import carrier_now
from app.models import Sender, Sendout, User
from app.providers.base import EmailCall, OutgoingEmail
from app.sendouts.approving.queries import deciders_of
from app.sendouts.approving.service import to_announce
from app.sendouts.composing.queries import sender_of, senders_of
from app.web.installation import settings
from workers.runtime import job

log = structlog.get_logger(__name__)

# RFC 3834 and what Exchange looks at: no out-of-office answers this.
_BY_ITSELF = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


@job
def announce_approval(sendout_id: int) -> None:
    """E-mail those who may decide, once. What becomes of the e-mail is not waited for: the draft stands on their Home, too."""
    sendout = to_announce(sendout_id)
    if sendout is None:
        return
    call, carrier = _call(sendout), carrier_now()
    db.session.commit()
    if call is not None and call.messages:
        outcomes = carrier.hand_over(call)
        log.info("approval announced", sendout_id=sendout_id, outcomes=[type(each).__name__ for each in outcomes])


def _call(sendout: Sendout) -> EmailCall | None:
    """The e-mail to all of them; None where the organisation has no address to e-mail from."""
    sender = _sender(sendout)
    if sender is None:
        return None
    asker = db.session.get(User, sendout.approval_asked_by) if sendout.approval_asked_by else None
    name = asker.name if asker else "Somebody of your team"
    title = sendout.title or sendout.subject or "a send-out"
    link = f"{settings().public_url}/sendouts/{sendout.id}/compose/review"
    said = (f"{name} asks you to approve “{title}”.", "Nothing of it goes before somebody has. Read it, then approve it or send it back:")
    html = "".join(f"<p>{escape(each)}</p>" for each in said) + f'<p><a href="{link}">{link}</a></p>'
    slots = {"subject": f"Please approve “{title}”", "text": "\n\n".join((*said, link)) + "\n", "html": html}
    return EmailCall(
        sender=formataddr((sender.display_name, sender.address)),
        reply_to=asker.email if asker else None,
        subject="{{subject}}",
        text="{{text}}",
        html="{{html}}",
        headers=_BY_ITSELF,
        messages=[OutgoingEmail(None, 1, each.email, slots) for each in deciders_of(sendout)[:BATCH_LIMIT]],
        configuration_set="",
        provider_tracking=True,  # says nothing of tracking, which only a configuration set would have
    )


def _sender(sendout: Sendout) -> Sender | None:
    return sender_of(sendout, Channel.EMAIL) or next(iter(senders_of(sendout.organisation_id, Channel.EMAIL)), None)
