"""What is thrown away once it has served: the raw callbacks, and what of an event only told people from machines.

Messages, their statuses and facts stay, and so do the events themselves. Nothing here commits.
"""

from collections.abc import Callable

from sqlalchemy import TextClause, select, text
from sqlalchemy.dialects.postgresql import insert

from app.extensions import db, rows_changed
from app.models import CleaningMark

APPLIED_RECEIPTS_DAYS = 30
ALL_RECEIPTS_DAYS = 90  # those never applied too: foreign, unreadable, about nobody here
EVENT_DETAIL_DAYS = 30
SERVER_TROUBLES_DAYS = 90
INQUIRIES_DAYS = 3

_WALK = """
    WITH walk AS MATERIALIZED (
        SELECT *, received_at < now() - make_interval(days => :days) AS is_old FROM {table} WHERE id > :position ORDER BY id LIMIT :limit),
    done AS ({work})
    SELECT count(*) FILTER (WHERE is_old) AS old, coalesce(min(id) FILTER (WHERE NOT is_old) - 1, max(id)) AS position FROM walk"""
_RECEIPTS = text(
    _WALK.format(
        table="callback_receipts",
        work="DELETE FROM callback_receipts WHERE id IN (SELECT id FROM walk WHERE is_old AND (applied_at IS NOT NULL OR :all))",
    )
)
# The verdict is written down before the browser that it was drawn from goes; the link is the report's.
_EVENTS = text(
    _WALK.format(
        table="message_events",
        work="""UPDATE message_events
                SET detail = jsonb_strip_nulls(jsonb_build_object('link', detail->'link', 'said_machine', to_jsonb(is_machine)))
                WHERE id IN (SELECT id FROM walk WHERE is_old AND detail <> '{}')""",
    )
)
_TROUBLES = text("DELETE FROM server_troubles WHERE happened_at < now() - make_interval(days => :days)")
_INQUIRIES = text("DELETE FROM text_inquiries WHERE due_at < now() - make_interval(days => :days)")


def drop_applied_receipts(limit: int) -> int:
    """Delete receipts that had their effect long ago, walking on by at most so many. Returns how many old ones it passed."""
    return _walk("applied receipts", _RECEIPTS, limit, days=APPLIED_RECEIPTS_DAYS, all=False)


def drop_all_receipts(limit: int) -> int:
    """Delete the others too, much later. Returns how many old ones it passed."""
    return _walk("all receipts", _RECEIPTS, limit, days=ALL_RECEIPTS_DAYS, all=True)


def thin_events(limit: int) -> int:
    """Take browsers, addresses and carriers' words out of old events. Returns how many old ones it passed."""
    return _walk("event detail", _EVENTS, limit, days=EVENT_DETAIL_DAYS)


def drop_traces() -> int:
    """Delete old notes of turned-away callbacks and of inquiries. Returns how many went."""
    return rows_changed(_TROUBLES, {"days": SERVER_TROUBLES_DAYS}) + rows_changed(_INQUIRIES, {"days": INQUIRIES_DAYS})


STEPS: tuple[Callable[[int], int], ...] = (drop_applied_receipts, drop_all_receipts, thin_events)


def _walk(name: str, statement: TextClause, limit: int, **asked: object) -> int:
    """Go on from the mark, do the work on what is old, set the mark. A row that is skipped now for its youth is met again."""
    position = db.session.scalar(select(CleaningMark.position).where(CleaningMark.name == name)) or 0
    passed = db.session.execute(statement, {"position": position, "limit": limit, **asked}).one()
    if passed.position is not None:
        mark = insert(CleaningMark).values(name=name, position=passed.position)
        db.session.execute(mark.on_conflict_do_update(index_elements=["name"], set_={"position": passed.position}))
    return int(passed.old)
