"""Asking for a link, and what a link is good for. Nobody learns from it who has an account."""

from uuid import uuid4

from sqlalchemy import and_, or_, select

from app.extensions import db
from app.jobs import SEND_PASSWORD_LINK, enqueue, enqueue_after_commit
from app.lib.clock import now
from app.lib.errors import NotFound
from app.models import AuditEntry, Membership, User
from app.users import invitations
from app.users.queries import user_by_email

PURPOSE = "forgotten"
VALID_SECONDS = 3_600
AGAIN_SECONDS = 60  # who asks twice within them gets one e-mail
NOBODY = 0
_ENDED = "This link has been used or is too old. Ask for a new one on the sign-in page."


def ask_for_link(email: str) -> None:
    """Have a link sent to the person who signs in with this address; for an address of nobody's the same is done, in vain."""
    user = user_by_email(email)
    user_id = user.id if user is not None and user.active else NOBODY
    enqueue(SEND_PASSWORD_LINK, user_id, job_id=_job_id(user_id))


def end_password(user: User) -> None:
    """End the password and every session, and have a link for a new one sent to the address once this is committed."""
    user.password, user.fs_uniquifier = None, uuid4().hex
    enqueue_after_commit(SEND_PASSWORD_LINK, user.id, job_id=_job_id(user.id))


def has_proven_address(user: User) -> bool:
    """Whether the last link for their password came by e-mail: then it is the mailbox's own, and no owner's who passed one on.

    Read from the teams' logs, where `renew` and an owner's new link are written down, both under the lock of the user's row.
    A first invitation needs no entry: nothing can have come by e-mail before it.
    """
    by_mail = and_(AuditEntry.object_kind == "user", AuditEntry.object_id == user.id, AuditEntry.action == "password renewed")
    by_owner = and_(
        AuditEntry.object_kind == "membership",
        AuditEntry.action == "password link made",
        AuditEntry.detail["user_id"].astext == str(user.id),
    )
    last = select(AuditEntry.action).where(or_(by_mail, by_owner)).order_by(AuditEntry.id.desc()).limit(1)
    return db.session.scalar(last) == "password renewed"


def link_token(user: User) -> str:
    """A token that lets its holder set this user's password once, within the hour."""
    return invitations.password_token(PURPOSE, user, VALID_SECONDS)


def forgetful(user_id: int, expires_at: int, state: int) -> User:
    """The user of a token that was read; raises NotFound when it is too old, has been used, or the account was closed meanwhile."""
    user = invitations.holder_of(user_id, expires_at, state)
    if user is None or not user.active:
        raise NotFound(_ENDED)
    return user


def renew(user: User, password: str) -> None:
    """Set the password and end every session; a second step stays, since a mailbox alone must not replace it. Each team's log says so."""
    invitations.set_password(user, password)
    for organisation_id in db.session.scalars(select(Membership.organisation_id).where(Membership.user_id == user.id)).all():
        entry = {"user_id": user.id, "action": "password renewed", "object_kind": "user", "object_id": user.id}
        db.session.add(AuditEntry(organisation_id=organisation_id, **entry))


def _job_id(user_id: int) -> str:
    return f"password-link-{user_id}-{int(now().timestamp() // AGAIN_SECONDS)}"
