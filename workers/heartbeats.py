"""Signs of life, written to the database: Redis forgets its workers when it is wiped."""

from sqlalchemy.dialects.postgresql import insert

from app.extensions import db
from app.lib.clock import now
from app.models import Heartbeat


def beat(name: str, kind: str) -> None:
    """Write down that a process is alive, and commit."""
    row = {"name": name, "kind": kind, "seen_at": now()}
    db.session.execute(insert(Heartbeat).values(row).on_conflict_do_update(index_elements=["name"], set_={"seen_at": row["seen_at"]}))
    db.session.commit()
