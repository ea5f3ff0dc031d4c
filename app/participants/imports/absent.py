"""Who is on a list and not in the file. Whom a line may mean that failed, or was not used whole, is in it: it names them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, func, select

from app.extensions import db
from app.models import ListMembership, Participant


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the list, and what they are known by."""

    participant_id: int
    first_name: str
    last_name: str
    email_address: str | None
    phone_number: str | None
    member_number: str | None

    @property
    def name(self) -> str:
        """What to call them."""
        return f"{self.first_name} {self.last_name}".strip() or self.email_address or self.phone_number or "?"


@dataclass(slots=True)
class RejectedLines:
    """The lines that failed or were not used whole, by what stands in their cells."""

    _lines: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    _count: int = 0

    def add(self, cells: Iterable[str] | None) -> None:
        """Take a line in; None for one that was used whole, or is not to be kept."""
        self._count += 1
        for cell in cells or ():
            self._lines[_plain(cell)].add(self._count)

    def may_mean(self, member: Member) -> bool:
        """Whether one of them has an address or the number of this person, or both their names."""
        first, last = member.first_name, member.last_name
        alone = (member.email_address, member.phone_number, member.member_number, f"{first} {last}", f"{last} {first}", f"{last}, {first}")
        if any(self._with(words) for words in alone):
            return True
        return bool(self._with(first) & self._with(last))

    def _with(self, words: str | None) -> set[int]:
        return self._lines.get(_plain(words), set()) if words and words.strip(" ,") else set()


def absent_members(list_id: int, is_absent: ColumnElement[bool], rejected: RejectedLines) -> list[Member]:
    """Those on the list for whom `is_absent` holds and whom no rejected line may mean, by name."""
    asked = (
        select(
            Participant.id, Participant.first_name, Participant.last_name,
            Participant.email_address, Participant.phone_number, Participant.member_number,
        )
        .join(ListMembership, ListMembership.participant_id == Participant.id)
        .where(ListMembership.list_id == list_id, is_absent)
        .order_by(func.lower(Participant.last_name), Participant.id)
    )  # fmt: skip
    return [member for row in db.session.execute(asked) if not rejected.may_mean(member := Member(*row))]


def _plain(words: str | None) -> str:
    return " ".join((words or "").split()).casefold()
