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
    expires_at = clock.now() + timedelta(days=VALID_DAYS)
    return sign(PURPOSE, user.id, int(expires_at.timestamp()), _state(user), key=signing_key(settings().secret_keys[0]))


def invited(user_id: int, expires_at: int, state: int) -> User:
    """The user of a token that was read; raises NotFound when it is too old, or has been used."""
    user = db.session.get(User, user_id)
    if user is None or clock.now().timestamp() > expires_at or _state(user) != state:
        raise NotFound(_ENDED)
    return user


def set_password(user: User, password: str) -> None:
    """Set it, and end every session of theirs; the second step goes, since a lost phone is a reason for a new link."""
    user.password = hash_password(password)
    user.active = True
    user.confirmed_at = user.confirmed_at or clock.now()
    security.datastore.set_uniquifier(user)
    security.datastore.tf_reset(user)


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
