"""Whose data it is: a person's rows and addresses, and which of those addresses are somebody else's as well."""

from dataclasses import dataclass

from sqlalchemy import func, or_, select

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.extensions import db
from app.models import AuditEntry, ImportChange, Membership, Message, Participant, User
from app.participants.arrays import any_id, any_text
from app.participants.erased import Address, addresses_of
from app.participants.imports.queries import ADDRESS_CORRECTED
from app.participants.queries import own_ids
from app.participants.search import HAS_NEW_ADDRESS


@dataclass(frozen=True, slots=True)
class Traces:
    """The rows of `participants` that are one person (others may have been merged into them), and every address they ever had here.

    `shared` are those of them that another person has now: they stay that person's.
    """

    organisation_id: int
    ids: tuple[int, ...]
    addresses: frozenset[Address]
    shared: frozenset[Address]

    @property
    def own(self) -> frozenset[Address]:
        """The addresses that are nobody else's."""
        return self.addresses - self.shared

    @property
    def words(self) -> list[str]:
        """Their own addresses as they may stand in a text."""
        return sorted(address for _, address in self.own)


def traces_of(person: Participant) -> Traces:
    """Everything by which this person is found in the ledger; addresses in key form."""
    ids = tuple(own_ids(person))
    noted = _current(ids) + _written_to(ids) + _corrected(person, ids) + _imported(person, ids)
    found = {(channel, _key(channel, address)) for channel, address in noted}
    shared = _shared(person.organisation_id, ids, found)
    return Traces(person.organisation_id, ids, frozenset(found), frozenset(shared))


def _key(channel: Channel, address: str) -> str:
    return email_key(address) if channel is Channel.EMAIL else address


def _current(ids: tuple[int, ...]) -> list[Address]:
    rows = db.session.execute(select(Participant.email_address, Participant.phone_number).where(Participant.id == any_id(ids)))
    return [address for row in rows for address in addresses_of(*row)]


def _written_to(ids: tuple[int, ...]) -> list[Address]:
    asked = select(Message.channel, Message.address).where(Message.participant_id == any_id(ids), Message.address.is_not(None)).distinct()
    return [(Channel(channel), address) for channel, address in db.session.execute(asked) if address]


def _corrected(person: Participant, ids: tuple[int, ...]) -> list[Address]:
    asked = select(AuditEntry.detail["was"].astext, AuditEntry.detail["became"].astext).where(
        AuditEntry.organisation_id == person.organisation_id,
        AuditEntry.object_kind == "participant",
        AuditEntry.object_id == any_id(ids),
        AuditEntry.action == ADDRESS_CORRECTED,
    )
    noted = [address for row in db.session.execute(asked) for address in row if address]
    return [(Channel.EMAIL if "@" in address else Channel.SMS, address) for address in noted]


def _imported(person: Participant, ids: tuple[int, ...]) -> list[Address]:
    """What an import found and what it put there: an address that it replaced may never have been written to."""
    emails, numbers = ImportChange.changes["email_address"], ImportChange.changes["phone_number"]
    asked = select(emails[0].astext, numbers[0].astext, emails[1].astext, numbers[1].astext).where(
        ImportChange.organisation_id == person.organisation_id, HAS_NEW_ADDRESS, ImportChange.participant_id == any_id(ids)
    )
    return [address for row in db.session.execute(asked) for pair in (row[:2], row[2:]) for address in addresses_of(*pair)]


def _shared(organisation_id: int, ids: tuple[int, ...], addresses: set[Address]) -> set[Address]:
    """Those that somebody else has now: another participant, or a member of the team, who has an account by it."""
    words = [address for _, address in addresses]
    others = select(func.lower(Participant.email_address), Participant.phone_number).where(
        Participant.organisation_id == organisation_id,
        Participant.erased_at.is_(None),
        Participant.merged_into.is_(None),
        Participant.id.not_in(ids),
        or_(func.lower(Participant.email_address) == any_text(words), Participant.phone_number == any_text(words)),
    )
    team = (
        select(func.lower(User.email), User.phone_number)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.organisation_id == organisation_id)
        .where(or_(func.lower(User.email) == any_text(words), User.phone_number == any_text(words)))
    )
    taken = {address for asked in (others, team) for row in db.session.execute(asked) for address in row if address}
    return {each for each in addresses if each[1] in taken}
