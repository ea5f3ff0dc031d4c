"""Runs the migrations over the app's own connection, under one lock, so that two releases at once do not race."""

from alembic import context
from flask import current_app
from sqlalchemy import text

import app.models  # noqa: F401  the tables register themselves
from app.extensions import Base

MIGRATION_LOCK = 7_301_001


def run_migrations() -> None:
    """Bring the database to the asked revision; waits for another release that is at it."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata, transaction_per_migration=True, compare_server_default=True)
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
