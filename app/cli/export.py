"""`flask export`: everything that an organisation has, in one file of tables, to keep or to take elsewhere."""

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask.cli import with_appcontext
from sqlalchemy import ARRAY, ColumnElement, LargeBinary, Select, Text, cast, select
from sqlalchemy import DateTime as Moment
from sqlalchemy.dialects.postgresql import JSONB
from werkzeug.utils import secure_filename

from app.cli.users import NO_SUCH_ORGANISATION
from app.extensions import Base, db
from app.lib.clock import now
from app.models import Membership, Organisation, SendoutAttachment, User
from app.web.copied import cell, copied_csv, moment_cell

_READ_ME = """Everything that {organisation} has in Sendout, as of {day}.

Each file that ends in .csv is a table, readable by any spreadsheet. Times are in UTC. Numbers that end in _id lead to the row
of that number in another table. What a spreadsheet would take for a formula begins with an apostrophe. In the folder files
are the attachments, named by the numbers of their send-out and their own.

{tables}
"""

_SECRETS = frozenset({"digest"})  # of keys: nobody else has a use for them

Table = tuple[str, str, Select[*tuple[Any, ...]]]


@click.command("export")
@click.argument("organisation_id", type=int)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def export(organisation_id: int, file: Path) -> None:
    """Write all that the organisation with this number has, as of now, to a ZIP FILE that only its owner may read."""
    organisation = db.session.get(Organisation, organisation_id)
    if organisation is None:
        raise click.BadParameter(NO_SUCH_ORGANISATION, param_hint="ORGANISATION_ID")
    name = organisation.name
    db.session.commit()  # what follows sees one instant
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    partial = file.with_name(f"{file.name}.part")
    try:
        with _own(partial) as stream:
            table_count, file_count = _write(stream, organisation_id, name)
            stream.flush()
            os.link(partial, file)  # takes nobody else's place
    except FileExistsError as problem:
        raise click.BadParameter(f"{problem.filename2 or problem.filename} is there already.", param_hint="FILE") from problem
    except OSError as problem:
        raise click.FileError(str(file), problem.strerror) from problem
    click.echo(f"{name}: {table_count} tables and {file_count} files in {file}")


@contextmanager
def _own(path: Path) -> Iterator[BinaryIO]:
    """A new file that nobody else may read, for as long as the block runs; one that is there already is left alone."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
    finally:
        path.unlink()


def _write(stream: BinaryIO, organisation_id: int, name: str) -> tuple[int, int]:
    tables, files = _tables(organisation_id), 0
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        about = "\n".join(f"{table}.csv: {says}" for table, says, _ in tables)
        archive.writestr("READ ME.txt", _READ_ME.format(organisation=name, day=f"{now():%Y-%m-%d}", tables=about))
        for table, _, query in tables:
            with archive.open(f"{table}.csv", "w", force_zip64=True) as out:
                for piece in copied_csv([str(column.key) for column in query.selected_columns], query):
                    out.write(piece)
        for path, content in _attachments(organisation_id):
            archive.writestr(path, content)
            files += 1
    return len(tables), files


def _tables(organisation_id: int) -> list[Table]:
    """The organisation's own row, its people, and all tables whose rows name an organisation: those of tomorrow, too."""
    own = select(*_cells(Organisation)).where(Organisation.id == organisation_id)
    member = Membership.user_id == User.id, Membership.organisation_id == organisation_id
    team = select(User.id, cell(User.name).label("name"), cell(User.email).label("email")).join(Membership, member[0]).where(member[1])
    tables = [("organisations", _about(Organisation), own), ("users", "Those who sign in.", team.order_by(User.id))]
    for kind in sorted((mapper.class_ for mapper in Base.registry.mappers), key=lambda each: str(each.__tablename__)):
        columns = kind.__table__.c
        if "organisation_id" in columns:
            rows = select(*_cells(kind)).where(columns.organisation_id == organisation_id).order_by(*kind.__table__.primary_key)
            tables.append((str(kind.__tablename__), _about(kind), rows))
    return tables


def _about(kind: type[Base]) -> str:
    return str(kind.__doc__).split("\n", 1)[0]


def _cells(kind: type[Base]) -> list[ColumnElement[Any]]:
    return [_cell(column).label(column.key) for column in kind.__table__.c if _is_told(column)]


def _is_told(column: ColumnElement[Any]) -> bool:
    return column.key not in _SECRETS and not isinstance(column.type, LargeBinary)  # attachments are files of their own


def _cell(column: ColumnElement[Any]) -> ColumnElement[Any]:
    if isinstance(column.type, Moment) and column.type.timezone:
        return moment_cell(column)
    if isinstance(column.type, JSONB | ARRAY):
        return cell(cast(column, Text))
    return cell(column) if isinstance(column.type, Text) else column


def _attachments(organisation_id: int) -> Iterator[tuple[str, bytes]]:
    """One in memory at a time."""
    attachment = SendoutAttachment
    asked = select(attachment.id, attachment.sendout_id, attachment.file_name).where(attachment.organisation_id == organisation_id)
    for number, sendout_id, file_name in db.session.execute(asked.order_by(attachment.id)).all():
        content = db.session.scalars(select(attachment.content).where(attachment.id == number)).one()
        yield f"files/{sendout_id}-{number}-{secure_filename(file_name)}", content
