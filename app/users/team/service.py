"""The team: inviting, roles, leaving. An organisation keeps an owner, and nobody's password is another organisation's to reset."""

from collections.abc import Mapping
from uuid import uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Conflict
from app.models import Membership, User
from app.users.audit import record
from app.users.invitations import link_token
from app.users.queries import user_by_email
from app.users.team import queries
from app.users.team.handover import Duty, Heir, hand_over


def invite(organisation_id: int, name: str, email: str, role: Role) -> User:
    """Take a person into the team, known already or not; raises Conflict when they are in it."""
    user = user_by_email(email) or _new_user(name, email)
    added = db.session.scalar(
        insert(Membership)
        .values(organisation_id=organisation_id, user_id=user.id, role=role)
        .on_conflict_do_nothing()
        .returning(Membership.id)
    )
    if added is None:
        raise Conflict(f"{user.name} is in your team already.")
    record("member invited", "membership", added, role=role)
    return user


def change_role(organisation_id: int, membership_id: int, role: Role) -> None:
    """Give a member another role; raises Conflict for the last owner."""
    found = queries.member(organisation_id, membership_id)
    if role is not Role.OWNER:
        _keep_an_owner(organisation_id, membership_id)
    db.session.execute(update(Membership).where(Membership.id == membership_id).values(role=role))
    record("role changed", "membership", membership_id, role=[found.role, role])


def remove_member(organisation_id: int, membership_id: int, heirs: Mapping[Duty, Heir | None]) -> queries.Member:
    """Take a person out of the team, and give what hangs on them to others; their account stays, since it may belong elsewhere.

    Raises Conflict for the last owner.
    """
    found = queries.member(organisation_id, membership_id)
    _keep_an_owner(organisation_id, membership_id)
    hand_over(organisation_id, found, heirs)
    db.session.execute(delete(Membership).where(Membership.id == membership_id))
    record("member removed", "membership", membership_id, user_id=found.user_id, role=found.role)
    return found


def new_link(organisation_id: int, membership_id: int) -> str:
    """A token for a member to set a password with; raises Conflict for who belongs to other organisations too."""
    found = queries.member(organisation_id, membership_id)
    if found.is_elsewhere and found.has_password:
        raise Conflict(f"{found.name} belongs to another organisation as well, so the password is not yours to renew.")
    record("password link made", "membership", membership_id, user_id=found.user_id)
    return link_token(db.session.get_one(User, found.user_id))


def _new_user(name: str, email: str) -> User:
    user = User(name=name, email=email, active=True, fs_uniquifier=uuid4().hex)
    db.session.add(user)
    db.session.flush()
    return user


def _keep_an_owner(organisation_id: int, leaving_id: int) -> None:
    """Raise Conflict if nobody else owns the organisation; two owners who remove each other at once wait for one another here."""
    owners = select(Membership.id).where(Membership.organisation_id == organisation_id, Membership.role == Role.OWNER)
    if set(db.session.scalars(owners.order_by(Membership.id).with_for_update())) == {leaving_id}:
        raise Conflict("An organisation needs an owner. Make somebody else one first.")
