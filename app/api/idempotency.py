"""The same request made twice has one effect: it names itself, and its answer is kept with what it did, in one transaction."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from flask import Response, jsonify, request
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.api.door import caller
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.errors import Invalid
from app.models import ApiRequest

HEADER = "Idempotency-Key"
KEPT = timedelta(hours=24)
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said to a request; `is_repeated` when it had its effect before."""

    status: int
    body: Mapping[str, Any]
    is_repeated: bool = False

    def response(self) -> Response:
        """As it is sent."""
        response = jsonify(self.body)
        response.status_code = self.status
        if self.is_repeated:
            response.headers["Idempotent-Replayed"] = "true"
        return response


def asked_key(*, is_required: bool = False) -> str | None:
    """The name that the request gives itself. Raises Invalid where it must and does not, or gives an unusable one."""
    key = request.headers.get(HEADER)
    if key is None and not is_required:
        return None
    if not key or len(key) > _LONGEST or not key.isascii() or not key.isprintable():
        raise Invalid(
            f"Send the header {HEADER}: up to {_LONGEST} characters, new for each message and the same when you try again.", HEADER
        )
    return key


def once(key: str | None, effect: Callable[[], Answer]) -> Answer:
    """Have the effect, or give the answer of the first time. Of two at once, the second waits for the first. The caller commits.

    Raises Invalid when the same name was given to another request.
    """
    if key is None:
        return effect()
    fingerprint, name = _hash(request.method.encode(), request.full_path.encode(), request.get_data(cache=True)), _hash(key.encode())
    mine = {"organisation_id": caller().organisation_id, "key_id": caller().key_id, "idempotency_key": name}
    begun = insert(ApiRequest).values(**mine, fingerprint=fingerprint, status=0, answer={})
    request_id = db.session.scalar(begun.on_conflict_do_nothing().returning(ApiRequest.id))
    if request_id is None:
        return _as_before(name, fingerprint)
    answer = effect()
    kept = update(ApiRequest).where(ApiRequest.id == request_id).values(status=answer.status, answer=dict(answer.body))
    db.session.execute(kept)
    return answer


def forget_requests(limit: int) -> int:
    """Delete those that nobody repeats any more, at most so many; how many went."""
    old = select(ApiRequest.id).where(ApiRequest.created_at < now() - KEPT).order_by(ApiRequest.created_at).limit(limit)
    return rows_changed(delete(ApiRequest).where(ApiRequest.id.in_(old)))


def _hash(*parts: bytes) -> str:
    return sha256(b"\0".join(parts)).hexdigest()


def _as_before(name: str, fingerprint: str) -> Answer:
    known = select(ApiRequest).where(ApiRequest.key_id == caller().key_id, ApiRequest.idempotency_key == name)
    before = db.session.scalars(known).one()
    if before.fingerprint != fingerprint:
        raise Invalid(f"Another request had this {HEADER} within the last day. Give each a new one.", HEADER)
    return Answer(before.status, before.answer, is_repeated=True)
