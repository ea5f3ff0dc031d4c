"""The team: inviting, roles, leaving. An organisation keeps an owner, and nobody's password is another organisation's to reset."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.errors import Conflict
from app.models import Membership, Sender, User
from app.users.audit import record
from app.users.forgotten.service import end_password, has_proven_address
from app.users.invitations import link_token
from app.users.queries import user_by_email
from app.users.team import queries
from app.users.team.handover import Duty, Heir, hand_over


class Account(StrEnum):
    """What an invitation found of the person's account."""

    NEW = "new"  # made by this invitation
    KNOWN = "known"  # they sign in as before
    UNPROVEN = "unproven"  # nobody has shown that the address is theirs: its password has ended, and a link goes there


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an invitation took in, and what it found of their account."""

    user: User
    account: Account


def invite(organisation_id: int, name: str, email: str, role: Role) -> Invited:
    """Take a person into the team, known already or not.

    Raises Conflict when they are in it, or when a link would have to be sent to them and there is no address to send it from.
    """
    known = user_by_email(email)
    is_new = known is None and _is_made(name, email)
    user = _locked(User.email == email if known is None else User.id == known.id)
    added = db.session.scalar(
        insert(Membership)
        .values(organisation_id=organisation_id, user_id=user.id, role=role)
        .on_conflict_do_nothing()
        .returning(Membership.id)
    )
    if added is None:
        raise Conflict(f"{user.name} is in your team already.")
    record("member invited", "membership", added, role=role)
    return Invited(user, Account.NEW if is_new else _taken_over(user))


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
    if found.is_elsewhere:
        raise Conflict(
            f"{found.name} belongs to another organisation as well, so the password is not yours to renew. "
            "They get a link by e-mail under “Forgotten your password?” on the sign-in page."
        )
    user = _locked(User.id == found.user_id)
    record("password link made", "membership", membership_id, user_id=found.user_id)
    return link_token(user, organisation_id)


def _is_made(name: str, email: str) -> bool:
    """Make an account; False when somebody else's invitation has made it at the same moment."""
    row = {"name": name, "email": email, "active": True, "fs_uniquifier": uuid4().hex}
    made = insert(User).values(row).on_conflict_do_nothing(index_elements=["email"]).returning(User.id)
    return db.session.scalar(made) is not None


def _locked(is_theirs: ColumnElement[bool]) -> User:
    """The account as it stands now; who sets its password by a link, or takes it in, waits until this is committed."""
    asked = select(User).where(is_theirs).with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(asked).one()


def _taken_over(user: User) -> Account:
    """See to it that only the holder of the address comes in by an account from before; raises Conflict when no link can go there."""
    if has_proven_address(user):
        return Account.KNOWN
    theirs = select(Membership.organisation_id).where(Membership.user_id == user.id)
    senders = select(Sender.id).where(Sender.organisation_id.in_(theirs), Sender.channel == Channel.EMAIL, Sender.is_archived.is_(False))
    if db.session.scalar(senders.limit(1)) is None:
        raise Conflict(
            f"{user.name} has an account here already, and needs a link by e-mail for a new password. "
            "No address to e-mail from is set up yet: add one under Settings, Senders, and invite them then."
        )
    end_password(user)
    return Account.UNPROVEN


def _keep_an_owner(organisation_id: int, leaving_id: int) -> None:
    """Raise Conflict if nobody else owns the organisation; two owners who remove each other at once wait for one another here."""
    owners = select(Membership.id).where(Membership.organisation_id == organisation_id, Membership.role == Role.OWNER)
    if set(db.session.scalars(owners.order_by(Membership.id).with_for_update())) == {leaving_id}:
        raise Conflict("An organisation needs an owner. Make somebody else one first.")
