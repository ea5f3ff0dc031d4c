"""Whose account the servers run under, because PostgreSQL refuses to run as root."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from stack.errors import StackFailed


@dataclass(frozen=True)
class Account:
    """A user on this machine, with the one group that its processes keep."""

    uid: int
    gid: int


def server_account(data: Path) -> Account | None:
    """The account to start servers under, or None for our own.

    Only root changes account: to the owner of existing data, else to whoever called sudo, else to `nobody`.
    """
    if os.geteuid() != 0:
        return None

    owner = data.stat() if data.exists() else None
    if owner and owner.st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)

    sudo_uid = int(os.environ.get("SUDO_UID", "0"))
    return _account_of(sudo_uid) if sudo_uid else _nobody()


def give_to(account: Account | None, folder: Path) -> None:
    """Make a folder and all below it the account's own; parents keep their owner and mode."""
    if account is None:
        return

    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def can_reach(account: Account | None, path: Path) -> bool:
    """Whether the account may pass through every folder above the path; access lists are not consulted."""
    if account is None:
        return True

    return all(_may_enter(account, parent.stat()) for parent in path.resolve().parents)


def _may_enter(account: Account, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & 0o100)
    if folder.st_gid == account.gid:
        return bool(folder.st_mode & 0o010)
    return bool(folder.st_mode & 0o001)


def _account_of(uid: int) -> Account:
    entry = pwd.getpwuid(uid)
    return Account(entry.pw_uid, entry.pw_gid)


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise StackFailed("PostgreSQL will not run as root, and this machine has no user 'nobody': start as another user") from None
    return Account(entry.pw_uid, entry.pw_gid)
