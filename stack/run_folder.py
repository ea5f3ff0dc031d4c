"""A short, private folder outside the project, for what cannot live inside it.

A Unix socket's path may have 107 bytes only, and when root starts PostgreSQL as somebody else, that account may be
unable to reach binaries below a private home. Neither is data: the folder is thrown away at every start and stop.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.accounts import Account, can_reach, give_to
from stack.errors import StackFailed

_PREFIX = "sendout-"
_LONGEST_PARENT = 60


@contextmanager
def run_folder(account: Account | None, note: Path) -> Iterator[Path]:
    """A new folder that the account can pass through and nobody can list; `note` remembers it past a hard kill."""
    _discard(note)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent(account)))
    folder.chmod(0o711 if account else 0o700)
    note.write_text(str(folder))
    try:
        yield folder
    finally:
        _discard(note)


def private_folder(run: Path, name: str, account: Account | None) -> Path:
    """A folder inside the run folder that only the account may use."""
    folder = run / name
    folder.mkdir(mode=0o700)
    give_to(account, folder)
    return folder


def _parent(account: Account | None) -> Path:
    candidates = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 - mkdtemp makes it private
    for folder in candidates:
        if len(os.fsencode(folder)) <= _LONGEST_PARENT and folder.is_dir() and can_reach(account, folder / "x"):
            return folder
    raise StackFailed(f"no short temporary folder among {', '.join(map(str, candidates))} for PostgreSQL's socket")


def _discard(note: Path) -> None:
    if not note.exists():
        return

    folder = Path(note.read_text())
    if folder.name.startswith(_PREFIX) and folder.is_dir() and folder.stat().st_uid == os.geteuid():
        shutil.rmtree(folder, ignore_errors=True)
    note.unlink()
