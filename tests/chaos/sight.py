"""Looking into the installation's database while it may be going up and down."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.extensions import db

# Who was in whose hands, and since when: a claim overwrites the one before it. By PostgreSQL's own clock, which nothing moves.
# And how many batches the same slot had in its hands then, this one counted.
_LOG_OF_CLAIMS = """
    CREATE TABLE chaos_claims (message_id bigint, attempt int, began_at timestamptz DEFAULT transaction_timestamp(), at_once bigint);
    CREATE FUNCTION chaos_note_claim() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO chaos_claims (message_id, attempt, at_once)
        SELECT id, NEW.attempt, (SELECT count(*) FROM batches WHERE state = 'open' AND slot = NEW.slot)
        FROM messages WHERE batch_id = NEW.id AND status = 'pending';
        RETURN NULL;
    END $$;
    CREATE TRIGGER chaos_note_claim AFTER UPDATE OF state ON batches FOR EACH ROW
        WHEN (NEW.state = 'open' AND OLD.state <> 'open') EXECUTE FUNCTION chaos_note_claim();
"""


def keep_log_of_claims() -> None:
    """Have every claim written down beside the product's own tables; commits."""
    db.session.execute(text(_LOG_OF_CLAIMS))
    db.session.commit()


def rows(statement: str, **values: Any) -> Sequence[Any]:
    """What the database says now; nothing while it is away."""
    try:
        found = db.session.execute(text(statement), values).all()
    except DBAPIError:
        found = []
    finally:
        let_go()
    return found


def scalar(statement: str, **values: Any) -> Any:
    """One value; None while the database is away."""
    found = rows(statement, **values)
    return found[0][0] if found else None


def let_go() -> None:
    """Leave nothing open, whatever has become of the connection."""
    try:
        db.session.rollback()
    except DBAPIError:
        db.session().invalidate()
    db.session.remove()
