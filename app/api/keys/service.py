"""Keys: made, shown once, known again by their hash, revoked. Nothing here commits."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import select, update

from app.domain.api_scopes import ApiScope
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.models import ApiKey
from app.users.audit import record

PREFIX = "sendout_"
_HINT_LENGTH = len(PREFIX) + 4
MOST_KEYS = 50


def make_key(organisation_id: int, user_id: int, name: str, scopes: Sequence[ApiScope]) -> str:
    """Make a key and give it back, for the only time. Raises Conflict when there are too many."""
    if len(standing_keys(organisation_id)) >= MOST_KEYS:
        raise Conflict(f"There are {MOST_KEYS} keys already. Revoke one that nobody uses.")
    key = PREFIX + secrets.token_urlsafe(32)
    made = ApiKey(
        organisation_id=organisation_id,
        created_by=user_id,
        name=name,
        hint=key[:_HINT_LENGTH],
        digest=digest_of(key),
        scopes=[str(scope) for scope in scopes],
    )
    db.session.add(made)
    db.session.flush()
    record("API key made", "api_key", made.id, name=name, scopes=made.scopes)
    return key


def revoke(organisation_id: int, key_id: int) -> str:
    """Let a key open nothing any more; returns its name. Raises NotFound, also for one that was revoked before."""
    mine = ApiKey.organisation_id == organisation_id, ApiKey.id == key_id, ApiKey.revoked_at.is_(None)
    name: str | None = db.session.scalar(update(ApiKey).where(*mine).values(revoked_at=now()).returning(ApiKey.name))
    if name is None:
        raise NotFound("There is no such key, or it was revoked before.")
    record("API key revoked", "api_key", key_id, name=name)
    return name


def standing_keys(organisation_id: int) -> Sequence[ApiKey]:
    """The keys that are good for something, newest first."""
    mine = select(ApiKey).where(ApiKey.organisation_id == organisation_id, ApiKey.revoked_at.is_(None))
    return db.session.scalars(mine.order_by(ApiKey.id.desc())).all()


def digest_of(key: str) -> str:
    """What is kept of a key: it is as long and as random as a hash, so that one round of hashing is enough."""
    return sha256(key.encode()).hexdigest()


def note_use(key: ApiKey) -> None:
    """Note the minute in which it was used."""
    minute = now().replace(second=0, microsecond=0)
    if key.last_used_at != minute:
        db.session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=minute))
