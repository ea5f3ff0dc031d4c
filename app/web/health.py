"""For whatever watches the service: /healthz says that the process lives, /readyz that it can work."""

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db, redis_client
from app.web.guards import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Alive; asks nobody else."""
    return jsonify(status="ok")


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Ready when the database answers and is migrated, and Redis answers; says which of them is not."""
    parts = {"database": database_state(), "redis": redis_state()}
    return jsonify(parts), 200 if set(parts.values()) == {"ok"} else 503


def database_state() -> str:
    try:
        with db.engine.connect() as connection:
            standing = set(MigrationContext.configure(connection).get_current_heads())
    except SQLAlchemyError:
        return "away"
    config = current_app.extensions["migrate"].migrate.get_config()
    return "ok" if standing == set(ScriptDirectory.from_config(config).get_heads()) else "not migrated"


def redis_state() -> str:
    try:
        redis_client.client.ping()
    except RedisError:
        return "away"
    return "ok"
