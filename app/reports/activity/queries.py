"""What people did in an organisation, the last first; pages by key."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select

from app.extensions import db
from app.models import AuditEntry, Participant, Sendout, User
from app.reports.activity.words import SENTENCES, Change, Part, actions_of, changes_in, named_in
from app.web.pagination import PAGE_SIZE, Page, page_of

SENDOUT, PARTICIPANT = "sendout", "participant"


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose doings, in which part; None is everybody's and everywhere."""

    organisation_id: int
    user_id: int | None = None
    part: Part | None = None

    @property
    def arguments(self) -> dict[str, int | str | None]:
        """What asks for the same again."""
        return {"by": self.user_id, "part": self.part}

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return self.user_id is not None or self.part is not None


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did. `by` is empty where the person is gone; `name` is what it was done to, as far as it has one.

    `object_kind` and `object_id` lead to its page where it has one still, else None.
    """

    id: int
    at: datetime
    by: str
    sentence: str
    name: str
    object_kind: str
    object_id: int | None
    changes: Sequence[Change] = field(default=())


def deeds_page(asked: Asked, after: int | None, size: int = PAGE_SIZE) -> Page[Deed]:
    """A page of what was asked for."""
    conditions = [AuditEntry.organisation_id == asked.organisation_id]
    if asked.user_id is not None:
        conditions.append(AuditEntry.user_id == asked.user_id)
    if asked.part is not None:
        conditions.append(AuditEntry.action.in_(list(actions_of(asked.part))))
    if after is not None:
        conditions.append(AuditEntry.id < after)
    found = select(AuditEntry, User.name).outerjoin(User, User.id == AuditEntry.user_id).where(*conditions)
    rows = [(entry, name) for entry, name in db.session.execute(found.order_by(AuditEntry.id.desc()).limit(size + 1))]
    names = _names(asked.organisation_id, [entry for entry, _ in rows])
    return page_of([_deed(entry, name, names) for entry, name in rows], lambda deed: deed.id, size)


def doers(organisation_id: int) -> list[tuple[int, str]]:
    """Everybody who ever did something here, by name: those who have left, too."""
    ids = select(AuditEntry.user_id).where(AuditEntry.organisation_id == organisation_id)
    found = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)).order_by(func.lower(User.name)))
    return [(number, name) for number, name in found]


def _deed(entry: AuditEntry, by: str | None, names: dict[tuple[str, int | None], str]) -> Deed:
    known = names.get((entry.object_kind, entry.object_id))
    return Deed(
        id=entry.id,
        at=entry.created_at,
        by=by or "",
        sentence=SENTENCES.get(entry.action, entry.action.capitalize()),
        name=named_in(entry.detail) if known is None else known,
        object_kind=entry.object_kind,
        object_id=None if known is None else entry.object_id,
        changes=changes_in(entry.action, entry.detail),
    )


def _names(organisation_id: int, entries: Collection[AuditEntry]) -> dict[tuple[str, int | None], str]:
    """What the send-outs and people of these entries are called now."""
    title = func.coalesce(func.nullif(Sendout.title, ""), func.nullif(Sendout.subject, ""), "Without a title")
    sendouts = select(Sendout.id, title).where(Sendout.organisation_id == organisation_id, Sendout.id.in_(_ids(entries, SENDOUT)))
    name = func.trim(Participant.first_name + " " + Participant.last_name)
    called = func.coalesce(func.nullif(name, ""), Participant.email_address, Participant.phone_number, "Somebody without a name")
    people = select(Participant.id, called).where(
        Participant.organisation_id == organisation_id, Participant.id.in_(_ids(entries, PARTICIPANT))
    )
    return {(kind, row[0]): row[1] for kind, asked in ((SENDOUT, sendouts), (PARTICIPANT, people)) for row in db.session.execute(asked)}


def _ids(entries: Collection[AuditEntry], kind: str) -> list[int]:
    return [entry.object_id for entry in entries if entry.object_kind == kind and entry.object_id is not None]
