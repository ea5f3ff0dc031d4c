"""The door for programs: a key in the Authorization header, good for certain scopes in one organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, g, request
from flask_limiter.util import get_remote_address
from sqlalchemy import and_, select

from app.api.keys.service import PREFIX, digest_of, note_use
from app.domain.api_scopes import ApiScope
from app.extensions import commit_each_statement, csrf, db
from app.lib.errors import NotAllowed
from app.models import ApiKey, Membership, Organisation
from app.web.errors import json_problem
from app.web.guards import Door, Guard, View, mark

LARGEST_BODY = 256 * 1024
TOO_LARGE = "The body is larger than 256 KB."
TOO_MANY = "These are too many requests. Wait a minute, then go on."


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose program asks. `user_id` made its key, and answers for what it does; None once they have left the team."""

    key_id: int
    organisation_id: int
    country: str
    user_id: int | None


def with_key(scope: ApiScope) -> Callable[[View], View]:
    """Let in whoever has a key that is good for this; the view asks `caller()` whose it is."""

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            request.max_content_length = LARGEST_BODY
            found = _key_in_header()
            if found is None:
                return _no_key()
            key, country, user_id = found
            if scope not in key.scopes:
                raise NotAllowed(f"The key “{key.name}” may not do this: it has not the scope “{scope}”. Make one that has.")
            g.api_caller = Caller(key.id, key.organisation_id, country, user_id)
            return view(*args, **kwargs)

        csrf.exempt(guarded)
        return mark(guarded, Guard(Door.KEY, purpose=scope))

    return guarding


def caller() -> Caller:
    """Who asks; only for what runs behind `with_key`."""
    known: Caller = g.api_caller
    return known


def presented() -> str:
    """Whose requests are counted together: those of a key, by its hash, and those of an address that sends none."""
    key = _bearer()
    return digest_of(key) if key else get_remote_address()


def _key_in_header() -> tuple[ApiKey, str, int | None] | None:
    """The key, its organisation's country, and who made it. The minute of its use is noted at once, whatever becomes of the request."""
    presented_key = _bearer()
    if presented_key is None:
        return None
    is_still_here = and_(Membership.user_id == ApiKey.created_by, Membership.organisation_id == ApiKey.organisation_id)
    known = select(ApiKey, Organisation.country, Membership.user_id).join(Organisation, Organisation.id == ApiKey.organisation_id)
    known = known.outerjoin(Membership, is_still_here)
    commit_each_statement()
    row = db.session.execute(known.where(ApiKey.digest == digest_of(presented_key), ApiKey.revoked_at.is_(None))).one_or_none()
    if row is not None:
        note_use(row[0])
        db.session.expunge(row[0])
    db.session.rollback()  # from here on a request is one transaction again
    return None if row is None else (row[0], row[1], row[2])


def _bearer() -> str | None:
    given = request.authorization
    token = given.token if given is not None and given.type == "bearer" else None
    return token if token and token.startswith(PREFIX) else None


def _no_key() -> Response:
    sentence = "Send a key of your organisation's as “Authorization: Bearer sendout_…”. An owner makes one under Settings, For developers."
    response = json_problem(401, sentence)
    response.headers["WWW-Authenticate"] = "Bearer"
    return response
