"""Sending a test to oneself. It takes no batch and leaves no row; what the provider says of it is told by its message id, 0."""

import time
from collections.abc import Callable

import structlog

from app.domain.channels import Channel
from app.domain.events import TRIAL
from app.extensions import db
from app.messages.campaign import from_value
from app.messages.send_path import carrier_now
from app.models import Sender, Sendout
from app.providers.base import EmailCall, Outcome, OutgoingEmail, OutgoingText, Throttled
from app.providers.twilio import status_callback_url
from app.sendouts.composing.queries import sender_of
from app.sendouts.previewing.service import MailPreview, TextPreview, preview
from app.web.installation import providers, settings
from workers.runtime import job

PAUSES = (0.5, 1.0, 2.0)  # seconds between one try and the next

log = structlog.get_logger(__name__)


@job
def send_trial(sendout_id: int, participant_id: int, email: str, number: str) -> None:
    """Send the preview that was asked for; a refusal is for the log, since there is no row that could show it."""
    sendout = db.session.get_one(Sendout, sendout_id)
    seen = preview(sendout, participant_id)
    mail_sender, text_sender = sender_of(sendout, Channel.EMAIL), sender_of(sendout, Channel.SMS)
    if seen.mail and email and mail_sender:
        _log(sendout_id, _mail(sendout, mail_sender, seen.mail, email))
    if seen.text and number and text_sender:
        _log(sendout_id, _text(text_sender, seen.text, number))


def _mail(sendout: Sendout, sender: Sender, mail: MailPreview, email: str) -> Outcome:
    slots = {"subject": f"Test: {mail.subject}", "text": mail.text, "html": mail.html}
    call = EmailCall(
        sender=from_value(sender),
        reply_to=sendout.reply_to,
        subject="{{subject}}",
        text="{{text}}",
        html="{{html}}",
        headers={},
        messages=[OutgoingEmail(TRIAL, 1, email, slots)],
        configuration_set=settings().ses_configuration_set,
    )
    carrier = carrier_now()
    db.session.rollback()  # the connection is free while the provider takes its time
    return patiently(lambda: carrier.hand_over(call)[0])


def _text(sender: Sender, text: TextPreview, number: str) -> Outcome:
    callback = status_callback_url(settings().public_url, TRIAL, 1)
    outgoing = OutgoingText(TRIAL, 1, number, sender.address, text.words, callback)
    return patiently(lambda: providers().texts.hand_over(outgoing))


def patiently(hand_over: Callable[[], Outcome]) -> Outcome:
    """Again for a few seconds while the provider is busy with what else we send: a test takes no tokens, and nobody would repeat it."""
    outcome = hand_over()
    for pause in PAUSES:
        if not isinstance(outcome, Throttled) or outcome.hold:
            break
        time.sleep(pause)
        outcome = hand_over()
    return outcome


def _log(sendout_id: int, outcome: Outcome) -> None:
    log.info("test handed over", sendout_id=sendout_id, outcome=type(outcome).__name__)
