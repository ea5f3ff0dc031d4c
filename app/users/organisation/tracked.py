"""Whether a send-out's e-mails are tracked: by its settings until it starts, and for its reports as it was then for good."""

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select

from app.domain.senders import Tracking, is_tracked
from app.extensions import db
from app.models import Organisation, Sender, Sendout

_SETTINGS = (
    select(Sendout.id, Sendout.was_tracked, Organisation.is_tracking, Sender.tracking, Sendout.is_tracking)
    .join(Organisation, Organisation.id == Sendout.organisation_id)
    .outerjoin(Sender, Sender.id == Sendout.email_sender_id)
    .where(Sendout.id == any_(bindparam("ids", type_=ARRAY(BigInteger))))
)


def tracking_of(sendouts: Sequence[Sendout]) -> dict[int, bool]:
    """Whether the e-mails of each are tracked, by id."""
    return {sendout_id: now if then is None else then for sendout_id, then, now in _known(sendouts)}


def goes_tracked(sendout: Sendout) -> bool:
    """Whether an e-mail that goes now is tracked: since it started, it can only be switched off."""
    [(_id, then, now)] = _known([sendout])
    return now and then is not False


def _known(sendouts: Sequence[Sendout]) -> list[tuple[int, bool | None, bool]]:
    """Of each its id, whether it was tracked when it started, and what its settings say now."""
    rows = db.session.execute(_SETTINGS, {"ids": [sendout.id for sendout in sendouts]})
    return [
        (sendout_id, then, is_tracked(organisation=by_club, sender=Tracking(by_sender or Tracking.AS_ORGANISATION), sendout=by_sendout))
        for sendout_id, then, by_club, by_sender, by_sendout in rows
    ]
