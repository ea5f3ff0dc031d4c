"""Who is in an organisation."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import NotFound
from app.models import ApiKey, AuditEntry, Membership, User
from app.users.queries import user_by_email


@dataclass(frozen=True, slots=True)
class Member:
    """A person in the organisation, as the team page lists them."""

    membership_id: int
    user_id: int
    name: str
    email: str
    role: Role
    joined_at: datetime
    has_password: bool
    has_second_step: bool
    is_elsewhere: bool  # belongs to other organisations too


def team(organisation_id: int) -> list[Member]:
    """Everybody in the organisation, those who may do most first."""
    elsewhere = aliased(Membership)
    is_elsewhere = exists().where(elsewhere.user_id == User.id, elsewhere.organisation_id != organisation_id)
    rows = db.session.execute(
        select(Membership, User, is_elsewhere)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organisation_id == organisation_id)
    )
    members = [_member(membership, user, is_elsewhere=other) for membership, user, other in rows]
    return sorted(members, key=lambda each: (list(Role).index(each.role), each.name.lower()))


def member(organisation_id: int, membership_id: int) -> Member:
    """One person of the organisation; raises NotFound."""
    found = next((each for each in team(organisation_id) if each.membership_id == membership_id), None)
    if found is None:
        raise NotFound("This person is not in your team.")
    return found


def has_left(organisation_id: int, email: str) -> bool:
    """Whether an address is that of somebody who was in the team and is no more, as its log says."""
    user = user_by_email(email)
    if user is None:
        return False
    is_here = exists().where(Membership.organisation_id == organisation_id, Membership.user_id == user.id)
    was_removed = exists().where(
        AuditEntry.organisation_id == organisation_id,
        AuditEntry.object_kind == "membership",
        AuditEntry.action == "member removed",
        AuditEntry.detail["user_id"].astext == str(user.id),
    )
    return bool(db.session.scalar(select(was_removed & ~is_here)))


def keys_made_by(leaving: Member, organisation_id: int) -> list[str]:
    """The names of the keys for programs that somebody has made here, and that still open something."""
    theirs = ApiKey.organisation_id == organisation_id, ApiKey.created_by == leaving.user_id, ApiKey.revoked_at.is_(None)
    return list(db.session.scalars(select(ApiKey.name).where(*theirs).order_by(ApiKey.id)))


def _member(membership: Membership, user: User, *, is_elsewhere: bool) -> Member:
    return Member(
        membership_id=membership.id,
        user_id=user.id,
        name=user.name,
        email=user.email,
        role=Role(membership.role),
        joined_at=membership.created_at,
        has_password=user.password is not None,
        has_second_step=user.tf_primary_method is not None,
        is_elsewhere=is_elsewhere,
    )
