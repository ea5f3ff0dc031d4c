"""Settling what is in doubt: the job behind app.messages.settling, and the look into Twilio's own list."""

from datetime import timedelta
from itertools import groupby

import structlog

from app.domain.channels import Channel
from app.extensions import db
from app.messages.campaign import text_campaign
from app.messages.claiming import recipient_of
from app.messages.settling import DoubtfulText, bind_text, doubtful_texts, note_look, send_again, settle_emails
from app.models import Sendout
from app.providers.base import CannotAsk
from app.web.installation import providers, settings
from workers.runtime import job, only_one

BEFORE_HAND_OVER = timedelta(minutes=5)  # clocks differ
LOOK_PAUSE_SHARE = 2 / 3  # of the settling window: ten minutes of fifteen

log = structlog.get_logger(__name__)


@job
def settle() -> None:
    """Decide what can be decided by evidence; under policy `ask` only evidence of acceptance counts and a person decides the rest."""
    with only_one("settle") as mine:
        if not mine:
            return
        resends = settings().settle_policy == "resend"
        if resends:
            settle_emails(settings().settle_seconds)
            db.session.commit()
        _settle_texts(resends=resends)


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
    """Whether the provider's list has it, or might have it: only certain absence lets it go again."""
    campaign = text_campaign(db.session.get_one(Sendout, doubtful.sendout_id))
    body = campaign.template.render(recipient_of(doubtful.message_id).fields)
    db.session.rollback()
    listed = providers().texts_to(doubtful.address, doubtful.claimed_at - BEFORE_HAND_OVER)
    same = [each.ref for each in listed if each.body == body]
    for ref in same:
        if len(same) == 1 and bind_text(doubtful.message_id, ref):
            db.session.commit()
    return bool(same)
