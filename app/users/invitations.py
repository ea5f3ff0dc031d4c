"""Links by which a person sets their own password: shown to an owner once, who passes them on."""

from datetime import timedelta
from hashlib import sha256

from flask_security import hash_password

from app.extensions import db, security
from app.lib import clock
from app.lib.errors import NotFound
from app.lib.tokens import sign, signing_key
from app.models import User
from app.web.installation import settings

PURPOSE = "invite"
VALID_DAYS = 7
_ENDED = "This link has been used or is too old. Ask an owner of your organisation for a new one."


def link_token(user: User) -> str:
    """A token that lets its holder set this user's password once, within a week."""
    return password_token(PURPOSE, user, VALID_DAYS * 86_400)


def password_token(purpose: str, user: User, valid_seconds: int) -> str:
    """A token with which this user's password can be set for as long; it ends with the password that it replaces."""
    expires_at = clock.now() + timedelta(seconds=valid_seconds)
    return sign(purpose, user.id, int(expires_at.timestamp()), _state(user), key=signing_key(settings().secret_keys[0]))


def holder_of(user_id: int, expires_at: int, state: int) -> User | None:
    """The user of a token that was read; None when it is too old, or has been used."""
    user = db.session.get(User, user_id)
    return user if user is not None and clock.now().timestamp() <= expires_at and _state(user) == state else None


def invited(user_id: int, expires_at: int, state: int) -> User:
    """The user of an invitation that was read; raises NotFound when it is too old, or has been used."""
    user = holder_of(user_id, expires_at, state)
    if user is None:
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


def _state(user: User) -> int:
    """Changes with every new password, which is what makes a link good for once."""
    digest = sha256(f"{user.fs_uniquifier}\0{user.password or ''}".encode()).digest()
    return int.from_bytes(digest[:7])
