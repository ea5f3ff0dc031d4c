"""The e-mail to somebody who has forgotten their password."""

import structlog
from sqlalchemy import select

from app.domain.channels import Channel
from app.extensions import db
from app.messages.send_path import carrier_now
from app.models import Membership, Sender, User
from app.sendouts.composing.queries import senders_of
from app.users.forgotten.service import link_token
from app.web.installation import settings
from workers.runtime import job
from workers.team_mail import Said, team_mail

SUBJECT = "A new password"
LINES = (
    "A new password was asked for here: by you, or because an organisation has taken you into its team.",
    "If neither is so, leave it: nobody can set a password of yours without this e-mail.",
    "Choose a new password within an hour:",
)

log = structlog.get_logger(__name__)


@job
def send_password_link(user_id: int) -> None:
    """Send it, from the address of an organisation of theirs; for nobody, or where there is no such address, nothing goes."""
    user = db.session.get(User, user_id)
    if user is None or not user.active:
        return
    sender = _sender(user)
    if sender is None:
        log.warning("no address to send a password link from", user_id=user_id)
        return
    link = f"{settings().public_url}/forgotten/{link_token(user)}"
    call, carrier = team_mail(sender, Said((user.email,), SUBJECT, LINES), link), carrier_now()
    db.session.commit()
    outcomes = carrier.hand_over(call)
    log.info("password link sent", user_id=user_id, outcomes=[type(each).__name__ for each in outcomes])


def _sender(user: User) -> Sender | None:
    ids = db.session.scalars(select(Membership.organisation_id).where(Membership.user_id == user.id).order_by(Membership.id)).all()
    return next((sender for organisation_id in ids for sender in senders_of(organisation_id, Channel.EMAIL)), None)
