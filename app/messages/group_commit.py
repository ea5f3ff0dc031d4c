"""Durable receipts at some thousand a second: requests of one process that arrive together share one commit.

Whoever finds no commit under way makes one, for itself and for all who have come meanwhile, and wakes one of those who came
during it to make the next; each is answered only after the commit that holds its row. There is no thread of our own, hence
nothing that a fork could lose.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from app.lib.arrays import blobs, moments, words
from app.lib.storable import storable_text
from app.messages.troubles import Memory
from app.models import ReceiptKind

LONGEST_WAIT_SECONDS = 8.0  # SNS and Twilio give up after 15
LONGEST_KEY = 200  # characters; SNS names a message by 36
MOST_TROUBLES = 10_000  # turned-away callbacks that are known one by one; beyond them only that there were more

Row = Mapping[str, object]

_ARRAYS: Mapping[str, Callable[[list[Any]], str]] = {
    "kind": words, "receipt_key": words, "url": words, "body": blobs, "received_at": moments,
}  # fmt: skip

# One statement for any number of rows. In the order of their keys: two processes that are sent the same ones meanwhile would
# wait for each other otherwise.
_KEEP = text("""
    INSERT INTO callback_receipts (kind, receipt_key, url, body, received_at)
    SELECT * FROM unnest(CAST(:kind AS text[]), CAST(:receipt_key AS text[]), CAST(:url AS text[]), CAST(:body AS bytea[]),
                         CAST(:received_at AS timestamptz[])) AS given ORDER BY 1, 2
    ON CONFLICT (kind, receipt_key) DO NOTHING""")

# By the database's clock, however wrong ours may be; the last time of each counts.
_NOTE_TROUBLES = text("""
    INSERT INTO server_troubles (kind, receipt_key, happened_at)
    SELECT kind, receipt_key, now() - make_interval(secs => seconds_ago)
    FROM unnest(CAST(:kinds AS text[]), CAST(:keys AS text[]), CAST(:ages AS float[])) AS given(kind, receipt_key, seconds_ago)
    ORDER BY seconds_ago DESC""")


class NotStored(Exception):
    """The receipt is not in the database: answer 503, so that its sender tries again."""


class _Waiting:
    """A row on its way, and what became of it. Its lock is held until it is done, or its turn to commit."""

    __slots__ = ("is_done", "leads", "problem", "row", "until_woken")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_done = False
        self.leads = False
        self.problem: BaseException | None = None
        self.until_woken = Lock()
        self.until_woken.acquire()


def engine_for_receipts(shared: Engine, connect_args: Mapping[str, Any]) -> Engine:
    """One connection of their own, which pages that hold all others cannot keep them waiting for.

    Each statement on it is a transaction and gives up after 5 s: what would be three more ways there and back a commit.
    """
    own = create_engine(
        shared.url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=0, hide_parameters=True, connect_args=dict(connect_args)
    )
    event.listen(own, "connect", _be_brief)
    event.listen(shared, "engine_disposed", lambda _shared: own.dispose())
    return own


def _be_brief(connection: Any, _record: object) -> None:
    connection.execute("SET statement_timeout = '5s'")


class GroupCommit:
    """Writes callback receipts, many in one commit. One a process and database."""

    def __init__(self, engine: Engine, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._engine = engine
        self._longest_wait_seconds = longest_wait_seconds
        self._lock = Lock()
        self._waiting: list[_Waiting] = []
        self._is_committing = False
        self._troubles: dict[tuple[str, str | None], float] = {}
        self._memory = Memory()

    def store(self, row: Row) -> None:
        """Return once the row is committed, or was there before; raises NotStored when that cannot be had in time."""
        mine = _Waiting(row)
        with self._lock:
            self._waiting.append(mine)
            mine.leads = not self._is_committing
            self._is_committing = True
        if not mine.leads and not mine.until_woken.acquire(timeout=self._longest_wait_seconds):
            self._give_up(mine)
        if mine.leads:
            self._lead()
        if mine.problem is not None:
            raise NotStored(type(mine.problem).__name__) from mine.problem

    def note_trouble(self, kind: ReceiptKind, receipt_key: str | None = None) -> None:
        """Remember that this callback was answered with 5xx just now; written before the next receipt that can be.

        Redis is told as well, and whoever settles asks it: we may end before the database is back. The key may be anybody's invention.
        """
        receipt_key = None if receipt_key is None else storable_text(receipt_key)[:LONGEST_KEY]
        with self._lock:
            is_one_too_many = len(self._troubles) >= MOST_TROUBLES
            self._troubles[kind, None if is_one_too_many else receipt_key] = time.monotonic()
        self._memory.remember(kind, receipt_key)

    def _give_up(self, mine: _Waiting) -> None:
        """Nobody waits for ever behind a commit that hangs; unless it has ended in this very moment."""
        with self._lock:
            if mine.is_done or mine.leads:
                return
            if mine in self._waiting:
                self._waiting.remove(mine)
        raise NotStored("the commit before it takes too long")

    def _lead(self) -> None:
        """Commit for everybody who has come; whatever happens, the next one may begin."""
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._commit(group)
        except BaseException as problem:
            for waiting in group:
                waiting.problem = waiting.problem or problem
            raise
        finally:
            self._wake(group)

    def _wake(self, group: Sequence[_Waiting]) -> None:
        """Whose rows are done, and the first of those who came meanwhile, to commit for them."""
        with self._lock:
            for waiting in group:
                waiting.is_done = True
            following = self._waiting[:1]
            for waiting in following:
                waiting.leads = True
            self._is_committing = bool(following)
        for waiting in (*following, *group):
            waiting.until_woken.release()

    def _commit(self, group: Sequence[_Waiting]) -> None:
        """One transaction; should a row be one that the database refuses, one each, so that it spoils nobody else's."""
        try:
            self._write([waiting.row for waiting in group])
        except (OperationalError, InterfaceError) as problem:
            for waiting in group:
                waiting.problem = problem
        except SQLAlchemyError:
            for waiting in group:
                self._commit_alone(waiting)

    def _commit_alone(self, waiting: _Waiting) -> None:
        try:
            self._write([waiting.row])
        except SQLAlchemyError as problem:
            waiting.problem = problem

    def _write(self, rows: Sequence[Row]) -> None:
        if self._troubles:
            self._write_troubles()
        with self._engine.begin() as connection:
            connection.execute(_KEEP, {name: array([row[name] for row in rows]) for name, array in _ARRAYS.items()})

    def _write_troubles(self) -> None:
        """Before any receipt, and in a commit of their own: evidence must never be there without the gap that came before it."""
        with self._lock:
            troubles = dict(self._troubles)
        kinds, keys = [kind for kind, _ in troubles], [key for _, key in troubles]
        ages = [time.monotonic() - at for at in troubles.values()]
        with self._engine.begin() as connection:
            connection.execute(_NOTE_TROUBLES, {"kinds": kinds, "keys": keys, "ages": ages})
        with self._lock:
            for trouble, at in troubles.items():
                if self._troubles.get(trouble) == at:
                    self._troubles.pop(trouble)
