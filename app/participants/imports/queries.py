"""What an import asks of the database: whom it may already know, and how far the organisation's imports are."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select

from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.errors import NotFound
from app.models import (
    AuditEntry,
    ImportChange,
    ImportOutcome,
    ImportState,
    Participant,
    ParticipantImport,
    UnsubscribeEntry,
)
from app.participants.arrays import any_id, any_text
from app.participants.erased import REFUSAL, addresses_of, erased_among
from app.participants.imports.people import VALUE_FIELDS, KnownPerson, identity_keys
from app.participants.imports.reading import ImportedPerson

ADDRESS_CORRECTED = "address corrected"  # the audit entry by which an import knows which addresses must not come back

_DEAD = (SuppressionReason.BOUNCE, SuppressionReason.BAD_EMAIL, SuppressionReason.BAD_NUMBER, SuppressionReason.SOFT_BOUNCES)


def import_of(organisation_id: int, import_id: int) -> ParticipantImport:
    """One import of this organisation; raises NotFound."""
    found = db.session.scalar(
        select(ParticipantImport).where(ParticipantImport.organisation_id == organisation_id, ParticipantImport.id == import_id)
    )
    if found is None:
        raise NotFound("There is no such import.")
    return found


def latest_imports(organisation_id: int, limit: int = 20) -> Sequence[ParticipantImport]:
    """The organisation's imports, newest first."""
    mine = select(ParticipantImport).where(ParticipantImport.organisation_id == organisation_id)
    return db.session.scalars(mine.order_by(ParticipantImport.id.desc()).limit(limit)).all()


def last_mapping(organisation_id: int, columns: Sequence[str]) -> dict[str, Any] | None:
    """The mapping of the last import that ran with these very columns."""
    return db.session.scalar(
        select(ParticipantImport.mapping)
        .where(
            ParticipantImport.organisation_id == organisation_id,
            ParticipantImport.started_at.is_not(None),
            ParticipantImport.mapping["columns"] == literal(list(columns), ParticipantImport.mapping.type),
        )
        .order_by(ParticipantImport.id.desc())
        .limit(1)
    )


def known_people(organisation_id: int, people: Iterable[ImportedPerson], *, is_held: bool) -> list[KnownPerson]:
    """Everybody in the database whom one of these lines could mean, with the addresses that must not come back to them.

    `is_held`: nobody else changes them until the transaction ends.
    """
    values = [person.values for person in people]
    keys = [key for each in values for key in identity_keys(each)]
    wanted = {kind: [value for name, value in keys if name == kind] for kind in ("member_number", "email_address", "phone_number")}
    asked = (
        select(Participant)
        .where(
            Participant.organisation_id == organisation_id,
            Participant.erased_at.is_(None),
            or_(
                Participant.member_number == any_text(wanted["member_number"]),
                func.lower(Participant.email_address) == any_text(wanted["email_address"]),
                Participant.phone_number == any_text(wanted["phone_number"]),
                _unreachable_of_name(values),
            ),
        )
        .order_by(Participant.id)
        .execution_options(populate_existing=True)
    )
    rows = db.session.scalars(asked.with_for_update(key_share=True) if is_held else asked).all()
    discarded = _discarded_addresses(organisation_id, rows, wanted["email_address"] + wanted["phone_number"])
    return [_known(row, discarded) for row in rows]


def refuse_erased(organisation_id: int, people: Iterable[ImportedPerson]) -> None:
    """Take nothing of a line with an address whose owner asked to be erased: no import brings them back."""
    theirs = [(person, addresses_of(person.values.get("email_address"), person.values.get("phone_number"))) for person in people]
    refused = erased_among(organisation_id, [address for _, addresses in theirs for address in addresses])
    for person, addresses in theirs:
        if refused.intersection(addresses):
            person.refuse(REFUSAL)


def touched_lines(import_id: int, participant_ids: Iterable[int]) -> dict[int, int]:
    """For each of these people whom an earlier line of this import touched, the first such line."""
    rows = db.session.execute(
        select(ImportChange.participant_id, func.min(ImportChange.line))
        .where(ImportChange.import_id == import_id, ImportChange.participant_id == any_id(participant_ids))
        .group_by(ImportChange.participant_id)
    )
    return {participant_id: line for participant_id, line in rows if participant_id is not None and line is not None}


def suppressed_addresses(organisation_id: int, addresses: Iterable[str]) -> set[str]:
    """Those of the addresses (key form) that stand on the Unsubscribes list."""
    return set(
        db.session.scalars(
            select(UnsubscribeEntry.address).where(
                UnsubscribeEntry.organisation_id == organisation_id,
                UnsubscribeEntry.lifted_at.is_(None),
                UnsubscribeEntry.address == any_text(addresses),
            )
        )
    )


def told_lines(import_id: int, *outcomes: ImportOutcome, limit: int) -> Sequence[ImportChange]:
    """Lines of these outcomes that have something to tell, in the order of the file."""
    return db.session.scalars(
        select(ImportChange)
        .where(ImportChange.import_id == import_id, ImportChange.outcome.in_(outcomes), ImportChange.reason.is_not(None))
        .order_by(ImportChange.line)
        .limit(limit)
    ).all()


def rejected_lines(import_id: int) -> Sequence[ImportChange]:
    """Lines that failed, or of which something was left out, with their cells."""
    return db.session.scalars(
        select(ImportChange).where(ImportChange.import_id == import_id, ImportChange.row.is_not(None)).order_by(ImportChange.line)
    ).all()


def rejected_count(import_id: int) -> int:
    """How many lines `rejected_lines` has."""
    return (
        db.session.scalar(
            select(func.count()).select_from(ImportChange).where(ImportChange.import_id == import_id, ImportChange.row.is_not(None))
        )
        or 0
    )


def taken_off_count(import_id: int) -> int:
    """How many the import took off its list."""
    taken = select(func.count()).where(ImportChange.import_id == import_id, ImportChange.outcome == ImportOutcome.TAKEN_OFF)
    return db.session.scalar(taken) or 0


def is_import_running(organisation_id: int) -> bool:
    """Whether one of the organisation's imports is at work."""
    running = exists().where(ParticipantImport.organisation_id == organisation_id, ParticipantImport.state == ImportState.RUNNING)
    return bool(db.session.scalar(select(running)))


def _unreachable_of_name(values: list[dict[str, str]]) -> ColumnElement[bool]:
    """People without an address who may have one of these names; the index on names serves it."""
    firsts, lasts = ({(each.get(name) or "").lower() for each in values} for name in ("first_name", "last_name"))
    return and_(
        func.lower(Participant.last_name) == any_text(lasts),
        func.lower(Participant.first_name) == any_text(firsts),
        Participant.email_address.is_(None),
        Participant.phone_number.is_(None),
    )


def _known(row: Participant, discarded: dict[tuple[int, str], str]) -> KnownPerson:
    return KnownPerson(
        row.id,
        {name: getattr(row, name) or None for name in VALUE_FIELDS},
        list(row.about),
        dict(row.custom),
        discarded={address: reason for (owner, address), reason in discarded.items() if owner in {row.id, 0}},
    )


def _discarded_addresses(organisation_id: int, rows: Sequence[Participant], addresses: list[str]) -> dict[tuple[int, str], str]:
    """Addresses that an import may not put back: (participant, or 0 for everybody; address in key form) → the reason."""
    bounced = db.session.scalars(
        select(UnsubscribeEntry.address).where(
            UnsubscribeEntry.organisation_id == organisation_id,
            UnsubscribeEntry.lifted_at.is_(None),
            UnsubscribeEntry.reason.in_(_DEAD),
            UnsubscribeEntry.address == any_text(addresses),
        )
    )
    found = {(0, address): "nothing arrives there" for address in bounced}
    corrected = db.session.execute(
        select(AuditEntry.object_id, AuditEntry.detail["was"].astext).where(
            AuditEntry.organisation_id == organisation_id,
            AuditEntry.action == ADDRESS_CORRECTED,
            AuditEntry.object_id == any_id([row.id for row in rows]),
        )
    )
    return found | {(owner, address): "it was corrected here" for owner, address in corrected if owner is not None}
