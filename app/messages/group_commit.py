"""Durable receipts at a thousand a second: requests of one process that arrive together share one transaction.

Whoever finds no commit under way makes one, for itself and for all who have come meanwhile; each is answered only after the
commit that holds its row. There is no thread of our own, hence nothing that a fork could lose.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from threading import Condition

from sqlalchemy import Engine, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from app.lib.clock import now
from app.models import CallbackReceipt, ReceiptKind, ServerTrouble

LONGEST_WAIT_SECONDS = 8.0  # SNS and Twilio give up after 15

Row = Mapping[str, object]


class NotStored(Exception):
    """The receipt is not in the database: answer 503, so that its sender tries again."""


class _Waiting:
    """A row on its way, and what became of it."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.is_done = False
        self.problem: BaseException | None = None


class GroupCommit:
    """Writes callback receipts, many in one commit. One a process and database."""

    def __init__(self, engine: Engine, longest_wait_seconds: float = LONGEST_WAIT_SECONDS) -> None:
        self._engine = engine
        self._longest_wait_seconds = longest_wait_seconds
        self._changed = Condition()
        self._waiting: list[_Waiting] = []
        self._is_committing = False
        self._troubles: dict[tuple[datetime, str], None] = {}

    def store(self, row: Row) -> None:
        """Return once the row is committed, or was there before; raises NotStored when that cannot be had in time."""
        mine = _Waiting(row)
        with self._changed:
            self._waiting.append(mine)
            self._changed.wait_for(lambda: mine.is_done or not self._is_committing, self._longest_wait_seconds)
            if not mine.is_done and self._is_committing:
                self._give_up(mine)
            if not mine.is_done:
                group, self._waiting = self._waiting, []
                self._is_committing = True
        if not mine.is_done:
            self._lead(group)
        if mine.problem is not None:
            raise NotStored(type(mine.problem).__name__) from mine.problem

    def note_trouble(self, kind: ReceiptKind) -> None:
        """Remember that a callback was answered with 5xx in this minute; written with the next receipt that can be."""
        with self._changed:
            self._troubles[now().replace(second=0, microsecond=0), kind] = None

    def _give_up(self, mine: _Waiting) -> None:
        if mine in self._waiting:
            self._waiting.remove(mine)
        raise NotStored("the commit before it takes too long")

    def _lead(self, group: Sequence[_Waiting]) -> None:
        """Commit for everybody in the group; whatever happens, the next one may begin."""
        try:
            self._commit(group)
        except BaseException as problem:
            for waiting in group:
                waiting.problem = waiting.problem or problem
            raise
        finally:
            with self._changed:
                for waiting in group:
                    waiting.is_done = True
                self._is_committing = False
                self._changed.notify_all()

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
        with self._changed:
            troubles = list(self._troubles)
        with self._engine.begin() as connection:
            connection.execute(text("SET LOCAL statement_timeout = '5s'"))
            connection.execute(insert(CallbackReceipt).on_conflict_do_nothing(index_elements=("kind", "receipt_key")), list(rows))
            if troubles:
                connection.execute(insert(ServerTrouble), [{"happened_at": minute, "kind": kind} for minute, kind in troubles])
        with self._changed:
            for trouble in troubles:
                self._troubles.pop(trouble, None)
