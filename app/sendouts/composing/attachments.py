"""Files that travel with an e-mail."""

from dataclasses import dataclass
from mimetypes import guess_type
from pathlib import PurePosixPath

from sqlalchemy import delete

from app.extensions import db, rows_changed
from app.lib.errors import Invalid, NotFound
from app.models import SendoutAttachment
from app.sendouts.composing.queries import attached_files
from app.sendouts.composing.service import draft_of
from app.sendouts.running import Actor

MEGABYTE = 1024 * 1024
MAX_FILE = 5 * MEGABYTE
MAX_TOGETHER = 10 * MEGABYTE
MAX_NAME = 100

# Mail providers throw away mails that carry what can be run.
_REFUSED = frozenset({
    ".ade", ".adp", ".app", ".bas", ".bat", ".chm", ".cmd", ".com", ".cpl", ".dll", ".exe", ".hta", ".inf", ".ins", ".isp", ".jar",
    ".js", ".jse", ".lib", ".lnk", ".msc", ".msi", ".msp", ".mst", ".pif", ".ps1", ".reg", ".scr", ".sct", ".sys", ".vb", ".vbe",
    ".vbs", ".wsc", ".wsf", ".wsh",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """A file as it was uploaded."""

    name: str
    content: bytes


def attach(sendout_id: int, actor: Actor, file: UploadedFile) -> None:
    """Add a file to a draft. Raises Invalid for one that is empty, too large, or refused by mail providers."""
    sendout = draft_of(sendout_id, actor)
    name = PurePosixPath(file.name.replace("\\", "/")).name.strip()
    together = sum(each.size for each in attached_files(sendout))
    _check(name, len(file.content), together)
    db.session.add(
        SendoutAttachment(
            organisation_id=sendout.organisation_id,
            sendout_id=sendout.id,
            file_name=_short(name),
            content_type=guess_type(name)[0] or "application/octet-stream",
            content=file.content,
        )
    )
    db.session.flush()


def detach(sendout_id: int, actor: Actor, attachment_id: int) -> None:
    """Take a file off a draft. Raises NotFound."""
    sendout = draft_of(sendout_id, actor)
    gone = delete(SendoutAttachment).where(SendoutAttachment.id == attachment_id, SendoutAttachment.sendout_id == sendout.id)
    if rows_changed(gone) != 1:
        raise NotFound("There is no such file.")


def _check(name: str, size: int, together: int) -> None:
    if not name or not size:
        raise Invalid("Choose a file that is not empty.", "file")
    if PurePosixPath(name).suffix.lower() in _REFUSED:
        raise Invalid("Mail programs refuse files of this kind. Put it into a PDF, or link to it.", "file")
    if size > MAX_FILE:
        raise Invalid("A file can have 5 MB at most. Put larger ones on a web page and link to them.", "file")
    if together + size > MAX_TOGETHER:
        raise Invalid("All files together can have 10 MB at most.", "file")


def _short(name: str) -> str:
    path = PurePosixPath("".join(character for character in name if character.isprintable()))
    return path.stem[: MAX_NAME - len(path.suffix)] + path.suffix
