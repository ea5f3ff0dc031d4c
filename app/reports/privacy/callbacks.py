"""Raw callbacks about an erased person, emptied in the background: a walk over them all, a little at a time, marked by row.

Callbacks that come after the erasure are emptied as they are applied. Nothing here commits.
"""

from sqlalchemy import delete, select, text

from app.extensions import db
from app.models import CleaningMark

_PREFIX = "erased person "

# By the provider's reference, which the ledger keeps: the address is not known any more. What is not applied yet is left alone.
_EMPTY = text("""
    WITH RECURSIVE own AS (
        SELECT id FROM participants WHERE id = :id
        UNION
        SELECT p.id FROM participants p JOIN own ON p.merged_into = own.id),
    refs AS MATERIALIZED (
        SELECT convert_to(provider_ref, 'UTF8') AS ref FROM messages
        WHERE participant_id IN (SELECT id FROM own) AND provider_ref IS NOT NULL
        UNION
        SELECT convert_to(provider_ref, 'UTF8') FROM inbound_texts
        WHERE participant_id IN (SELECT id FROM own)
        UNION
        SELECT convert_to(a.provider_ref, 'UTF8')
        FROM answer_mails a JOIN reply_tasks t ON t.id = a.task_id JOIN inbound_texts i ON i.id = t.text_id
        WHERE i.participant_id IN (SELECT id FROM own)),
    walk AS MATERIALIZED (SELECT id FROM callback_receipts WHERE id > :position ORDER BY id LIMIT :limit),
    emptied AS (
        UPDATE callback_receipts c SET body = '' FROM walk
        WHERE c.id = walk.id AND c.applied_at IS NOT NULL AND EXISTS (SELECT FROM refs WHERE position(refs.ref IN c.body) > 0))
    SELECT count(*) AS walked, max(id) AS position FROM walk""")


def mark_of(participant_id: int) -> str:
    """The name of the mark that keeps how far the walk for a person has come."""
    return f"{_PREFIX}{participant_id}"


def empty_callbacks(limit: int) -> int:
    """Walk on by at most so many receipts for the first person erased; returns how many, fewer than `limit` once nothing is left."""
    mark = db.session.scalar(select(CleaningMark).where(CleaningMark.name.startswith(_PREFIX)).order_by(CleaningMark.name).limit(1))
    if mark is None:
        return 0
    asked = {"id": int(mark.name.removeprefix(_PREFIX)), "position": mark.position, "limit": limit}
    walked, position = db.session.execute(_EMPTY, asked).one()
    if walked < limit:
        db.session.execute(delete(CleaningMark).where(CleaningMark.name == mark.name))
    else:
        mark.position = position
    return int(walked)
