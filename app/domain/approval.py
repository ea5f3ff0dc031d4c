"""Approval by a second person: where a draft stands, and who may decide about it.

What is approved is what was asked about, by its digest: whatever is changed afterwards has to be asked about anew.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.roles import Role


class Approval(StrEnum):
    """Where a draft stands."""

    NOT_ASKED = "not_asked"
    CHANGED = "changed"
    ASKED = "asked"
    SENT_BACK = "sent_back"
    GIVEN = "given"


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked about, and what was answered; no digest before anybody asked."""

    digest: str | None = None
    is_approved: bool = False
    is_sent_back: bool = False

    def standing(self, digest: str) -> Approval:
        """Where a draft stands that reads like this by now. A no is told of even where the draft was changed for it."""
        if self.digest is None:
            return Approval.NOT_ASKED
        if self.is_sent_back:
            return Approval.SENT_BACK
        if self.digest != digest:
            return Approval.CHANGED
        return Approval.GIVEN if self.is_approved else Approval.ASKED


def may_decide(user_id: int, role: Role, *, author_id: int | None, asker_id: int | None) -> bool:
    """Whether this person may approve or send back: an organiser who neither wrote it nor asked."""
    return role.includes(Role.ORGANISER) and user_id not in (author_id, asker_id)
