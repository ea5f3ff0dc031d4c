"""Importing people in the background, in chunks that commit with their cursor."""

import structlog
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.lib.errors import Invalid
from app.lib.tabular import UnreadableFile
from app.participants.imports.service import failure, reading_rules, table_of
from app.participants.imports.writing import finish_import, import_chunk, locked_import
from workers.runtime import draining, job, only_one

log = structlog.get_logger(__name__)

TRIES = 3  # somebody may make the very person by hand whom a chunk is about to make


@job
def run_import(import_id: int) -> None:
    """Import what is left of a file; begun again after a death, it goes on where it was."""
    with only_one(f"import-{import_id}") as mine:
        if mine and not any(_is_through(import_id) for _ in range(TRIES)):
            _give_up(import_id, "Its people clash with others that were changed at the same time. Try it once more.")


def _is_through(import_id: int) -> bool:
    try:
        _import_rest(import_id)
    except IntegrityError:
        db.session.rollback()
        log.warning("import chunk lost a race", import_id=import_id)
        return False
    except (UnreadableFile, Invalid) as problem:
        db.session.rollback()
        _give_up(import_id, str(problem))
    return True


def _give_up(import_id: int, reason: str) -> None:
    running = locked_import(import_id)
    if running is not None:
        failure(running, reason)
        db.session.commit()


def _import_rest(import_id: int) -> None:
    """Chunk by chunk until the file ends, somebody cancels, or this process is told to stop."""
    running = locked_import(import_id)
    if running is None:
        return
    rules = reading_rules(running)
    records = table_of(running).rows(running.next_line)
    while running is not None and import_chunk(running, records, rules):
        db.session.commit()
        if draining.asked:
            return
        running = locked_import(import_id)
    if running is not None:
        finish_import(running)
        db.session.commit()
