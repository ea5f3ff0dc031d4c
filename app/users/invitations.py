"""Links by which a person sets their own password: shown to an owner once, who passes them on."""

from datetime import timedelta
from hashlib import sha256

from flask_security import hash_password
from sqlalchemy import select

from app.extensions import db, security
from app.lib import clock
from app.lib.errors import NotFound
from app.lib.tokens import sign, signing_key
from app.models import Membership, User
from app.web.installation import settings

PURPOSE = "invite"
VALID_DAYS = 7
OPERATOR = 0  # in place of an organisation: whoever runs the installation made the link, and may do so for anybody
_ENDED = (
    "This link has been used or is too old, or your organisations have changed since it was made. "
    "Ask for a link by e-mail under “Forgotten your password?” on the sign-in page."
)


def link_token(user: User, organisation_id: int = OPERATOR) -> str:
    """A token that lets its holder set this user's password once, within a week; see `invited` for what it is bound to."""
    return password_token(PURPOSE, user, VALID_DAYS * 86_400, organisation_id)


def password_token(purpose: str, user: User, valid_seconds: int, *bound_to: int) -> str:
    """A token with which this user's password can be set for as long; it ends with the password that it replaces."""
    expires_at = int((clock.now() + timedelta(seconds=valid_seconds)).timestamp())
    return sign(purpose, user.id, expires_at, _state(user), *bound_to, key=signing_key(settings().secret_keys[0]))


def holder_of(user_id: int, expires_at: int, state: int) -> User | None:
    """The user of a token that was read, locked; None when it is too old, or has been used.

    An organisation that takes the account in meanwhile waits for the lock, and then ends what was set.
    """
    user = db.session.get(User, user_id, with_for_update=True, populate_existing=True)
    return user if user is not None and clock.now().timestamp() <= expires_at and _state(user) == state else None


def invited(user_id: int, expires_at: int, state: int, organisation_id: int | None = None) -> User:
    """The user of an invitation that was read; raises NotFound when it is too old, or has been used.

    It also ends once the person belongs to any organisation but the one that made it: nobody's password is another's to set.
    Links made before they named an organisation have ended.
    """
    user = holder_of(user_id, expires_at, state)
    if user is None or not _may_set_password(organisation_id, user):
        raise NotFound(_ENDED)
    return user


def accept(user: User, password: str) -> None:
    """Set the password that an owner's link is for; the second step goes, since a lost phone is a reason for such a link."""
    set_password(user, password)
    user.active = True
    user.confirmed_at = user.confirmed_at or clock.now()
    security.datastore.tf_reset(user)


def set_password(user: User, password: str) -> None:
    """Set it, and end every session of theirs."""
    user.password = hash_password(password)
    security.datastore.set_uniquifier(user)


def password_problem(password: str, again: str) -> str | None:
    """What is wrong with a new password; None when nothing is."""
    if password != again:
        return "The two are not the same. Type them again."
    complaints, _ = security.password_util.validate(password, is_register=True)
    return str(complaints[0]) if complaints else None


def _may_set_password(organisation_id: int | None, user: User) -> bool:
    belongs_to = db.session.scalars(select(Membership.organisation_id).where(Membership.user_id == user.id)).all()
    return organisation_id == OPERATOR or list(belongs_to) == [organisation_id]


def _state(user: User) -> int:
    """Changes with every new password, which is what makes a link good for once."""
    digest = sha256(f"{user.fs_uniquifier}\0{user.password or ''}".encode()).digest()
    return int.from_bytes(digest[:7])
