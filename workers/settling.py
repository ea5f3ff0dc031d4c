"""Settling what is in doubt: the job behind app.messages.settling, and the look into Twilio's own list."""

from datetime import timedelta
from itertools import groupby

import structlog
from redis.exceptions import RedisError

from app.domain.channels import Channel
from app.domain.doubt import LOOK_PAUSE_SHARE
from app.domain.template_language import TemplateError
from app.extensions import db
from app.messages.campaign import text_campaign
from app.messages.claiming import recipient_of
from app.messages.settling import DoubtfulText, bind_text, doubtful_texts, note_look, refs_of_others, send_again, settle_emails
from app.messages.troubles import forget, note_remembered
from app.messages.urls import own_urls
from app.models import Sendout
from app.providers.base import CannotAsk
from app.web.installation import providers, settings
from workers.runtime import job, only_one

BEFORE_HAND_OVER = timedelta(minutes=5)  # clocks differ

log = structlog.get_logger(__name__)


@job
def settle() -> None:
    """Decide what can be decided by evidence; under policy `ask` only evidence of acceptance counts and a person decides the rest."""
    with only_one("settle") as mine:
        if not mine:
            return
        resends = settings().settle_policy == "resend"
        if resends:
            _settle_emails()
        _settle_texts(resends=resends)


def _settle_emails() -> None:
    """Only with Redis, which may know of callbacks that a web process turned away before it ended."""
    try:
        remembered = note_remembered()
        db.session.commit()
        forget(remembered)
    except RedisError as problem:
        db.session.rollback()
        log.warning("e-mails in doubt not settled", problem=type(problem).__name__)
        return
    settle_emails(settings().settle_seconds)
    db.session.commit()


def _settle_texts(*, resends: bool) -> None:
    window = settings().settle_seconds
    doubtful = doubtful_texts(window, window * LOOK_PAUSE_SHARE)
    db.session.rollback()
    for batch_id, group in groupby(doubtful, key=lambda each: each.batch_id):
        try:
            _settle_batch(batch_id, list(group), resends=resends)
        except CannotAsk as problem:
            log.warning("texts in doubt not looked for", problem=str(problem))
            return


def _settle_batch(batch_id: int, doubtful: list[DoubtfulText], *, resends: bool) -> None:
    """Bind each text that is found exactly once; send those again that two looks did not find."""
    absent = [each.message_id for each in doubtful if not _found(each)]
    if absent and resends and doubtful[0].looked_at is not None:
        send_again(batch_id, absent, Channel.SMS)
    note_look([batch_id])
    db.session.commit()


def _found(doubtful: DoubtfulText) -> bool:
    """Whether the provider's list has it, or might have it: only certain absence lets it go again.

    Any text to that number of which we do not know whose it is might be it: the person's name may have been corrected since.
    """
    body = _body_of(doubtful)
    db.session.rollback()
    listed = providers().texts_to(doubtful.address, doubtful.claimed_at - BEFORE_HAND_OVER)
    known = refs_of_others([each.ref for each in listed], doubtful.message_id)
    unclaimed = [each for each in listed if each.ref not in known]
    same = [each for each in unclaimed if each.body == body]
    if len(same) == 1 and bind_text(doubtful.message_id, same[0].ref):
        db.session.commit()
    return bool(unclaimed)


def _body_of(doubtful: DoubtfulText) -> str | None:
    try:
        campaign = text_campaign(db.session.get_one(Sendout, doubtful.sendout_id))
        return campaign.body(doubtful.message_id, recipient_of(doubtful.message_id).fields, own_urls())
    except TemplateError:
        log.warning("text in doubt cannot be rendered any more", message_id=doubtful.message_id)
        return None
