"""All that is held about a person in one file: tables for a spreadsheet, the same for a program, and a page that says what they are."""

import io
import json
import zipfile
from collections.abc import Sequence

from app.lib.clock import now
from app.lib.tabular import csv_chunks
from app.reports.privacy.held import HeldTable

_WORDS = """This is everything that {organisation} holds about {person}, as of {day}.

Each file that ends in .csv is a table. Open it with Excel, LibreOffice or Numbers. Times are in UTC.
everything.json has the same for programs.

{tables}
"""


def zipped(tables: Sequence[HeldTable], organisation: str, person: str) -> bytes:
    """The ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("READ ME.txt", _read_me(tables, organisation, person))
        for table in tables:
            archive.writestr(f"{table.name}.csv", b"".join(csv_chunks([table.headings, *table.rows])))
        archive.writestr("everything.json", json.dumps(_as_json(tables), indent=2, ensure_ascii=False, default=str))
    return buffer.getvalue()


def _read_me(tables: Sequence[HeldTable], organisation: str, person: str) -> str:
    lines = [f"{table.name}.csv ({len(table.rows)}): {table.about}" for table in tables]
    return _WORDS.format(organisation=organisation, person=person, day=f"{now():%Y-%m-%d}", tables="\n".join(lines))


def _as_json(tables: Sequence[HeldTable]) -> dict[str, object]:
    return {table.name: [dict(zip(table.headings, row, strict=True)) for row in table.rows] for table in tables}
