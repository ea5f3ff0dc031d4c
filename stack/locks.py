"""One stack a folder: a lock that the kernel lets go of however its holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.errors import FolderTaken

_STOPPING = "stopping"
_GRACE_SECONDS = 1.0  # a holder whose own parent was killed needs a moment to notice and to say that it stops
_STOPPING_SECONDS = 60.0


class FolderLock:
    """A held lock; its file names the holder, so that a second stack can say who is in the way."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def announce_stop(self) -> None:
        """Tell whoever waits that the folder will be free shortly."""
        self.write(f"{os.getpid()} {_STOPPING}")

    def write(self, holder: str) -> None:
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, holder.encode(), 0)


@contextmanager
def folder_lock(path: Path) -> Iterator[FolderLock]:
    """Hold the lock file for as long as the block runs; raises FolderTaken when another process keeps it.

    Waits only for a holder that is on its way out.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path)
        lock = FolderLock(descriptor)
        lock.write(str(os.getpid()))
        yield lock
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path) -> None:
    began = time.monotonic()
    while not _try_lock(descriptor):
        holder = os.pread(descriptor, 100, 0).decode()
        patience = _STOPPING_SECONDS if _STOPPING in holder else _GRACE_SECONDS
        if time.monotonic() - began > patience:
            raise FolderTaken(f"another stack (process {holder.split(' ')[0]}) already runs over {path.parent}: stop it first")
        time.sleep(0.1)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
