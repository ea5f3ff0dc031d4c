"""What every room shares, created unbound; `create_app` binds it."""

import select
from collections.abc import Mapping
from typing import Any

from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_migrate import Migrate
from flask_security import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import CursorResult, Executable, MetaData, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import ConnectionPoolEntry, Pool

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """What every table inherits: typed columns and named constraints.

    Models inherit this and not `db.Model`, whose types mypy cannot see.
    """

    metadata = MetaData(naming_convention=NAMING)


class RedisClient:
    """The Redis connection of this app, bound late; Redis holds no truth here and may be wiped at any time."""

    def __init__(self) -> None:
        self._client: Redis | None = None

    def bind(self, url: str) -> None:
        """Connect lazily to `url`; short time-outs and one more try, since nothing may wait long for what holds no truth."""
        self._client = Redis.from_url(url, socket_timeout=30, socket_connect_timeout=2, retry=Retry(NoBackoff(), 1))

    @property
    def client(self) -> Redis:
        """The connection; raises RuntimeError before `create_app`."""
        if self._client is None:
            raise RuntimeError("redis is bound by create_app")
        return self._client


@event.listens_for(Pool, "checkin")
def _mark_used(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info["was_used"] = True


@event.listens_for(Pool, "checkout")
def _refuse_dead(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Give out no connection whose server went away: its end of the socket is closed, which can be seen without asking.

    A ping before each transaction cost a worker 6 % of its CPU, and each click a quarter. One that was never used is not looked
    at: TLS may have left something to read on it.
    """
    if "was_used" in record.info and _has_hung_up(connection):
        raise DisconnectionError


def _has_hung_up(connection: Any) -> bool:
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


db = SQLAlchemy(model_class=Base)
migrate = Migrate()
csrf = CSRFProtect()
security = Security()
limiter = Limiter(key_func=get_remote_address, default_limits=[])
redis_client = RedisClient()


def rows_changed(statement: Executable, parameters: Mapping[str, Any] | None = None) -> int:
    """Run an INSERT, UPDATE or DELETE in the present transaction and say how many rows it touched: who won a compare-and-set."""
    result = db.session.execute(statement, parameters)
    if not isinstance(result, CursorResult):
        raise TypeError("only a statement that changes rows has a count")
    return result.rowcount


def commit_each_statement() -> None:
    """Have statements commit themselves until the session's next commit or rollback, if it is between two transactions.

    A lone statement takes one way there and back then, not three (BEGIN, itself, COMMIT).
    """
    session = db.session()
    if not session.in_transaction():
        session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        session.info[_EACH] = session.get_transaction()


def is_each_committed() -> bool:
    """Whether statements commit themselves at the moment, so that there is nothing to commit."""
    session = db.session()
    return session.in_transaction() and session.get_transaction() is session.info.get(_EACH)


_EACH = "the transaction in name only, in which each statement commits itself"
