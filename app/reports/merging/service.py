"""Making one person of two entries, in one transaction, and taking them apart again. The log has all that undoing needs."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select, text, update

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.models import AuditEntry, Participant, TextConsent, UnsubscribeEntry
from app.participants.audiences import hold_off_starts
from app.participants.erased import addresses_of
from app.participants.imports.queries import ADDRESS_CORRECTED
from app.participants.imports.service import hold_off_imports
from app.reports.merging.values import compared, merged_values, snapshot
from app.unsubscribes.entries import EntrySource, NewEntry, address_key
from app.unsubscribes.queries import standing_entries
from app.unsubscribes.service import suppress, undo_lift
from app.unsubscribes.words import REASON_WORDS

MERGED, TAKEN_APART = "people merged", "merge undone"

# A send-out that wrote to both keeps both rows: each was a message of its own, and every count stays.
_MOVES = {
    "messages": text("""
        UPDATE messages m SET participant_id = :to WHERE m.participant_id = :from AND NOT EXISTS (
            SELECT FROM messages o WHERE o.sendout_id = m.sendout_id AND o.participant_id = :to AND o.channel = m.channel)
        RETURNING m.id"""),
    "texts": text("UPDATE inbound_texts SET participant_id = :to WHERE participant_id = :from RETURNING id"),
    "consents": text("UPDATE text_consents SET participant_id = :to WHERE participant_id = :from RETURNING id"),
    "lists": text("""
        UPDATE list_memberships m SET participant_id = :to WHERE m.participant_id = :from AND NOT EXISTS (
            SELECT FROM list_memberships o WHERE o.list_id = m.list_id AND o.participant_id = :to) RETURNING m.list_id"""),
    "sendouts": text("""
        UPDATE sendout_people m SET participant_id = :to WHERE m.participant_id = :from AND NOT EXISTS (
            SELECT FROM sendout_people o WHERE o.sendout_id = m.sendout_id AND o.participant_id = :to) RETURNING m.sendout_id"""),
    "kept": text("""
        UPDATE kept_people m SET participant_id = :to WHERE m.participant_id = :from AND NOT EXISTS (
            SELECT FROM kept_people o WHERE o.sendout_id = m.sendout_id AND o.participant_id = :to) RETURNING m.sendout_id"""),
}
_MOVES_BACK = {
    "messages": text("UPDATE messages SET participant_id = :from WHERE participant_id = :to AND id = ANY(:ids)"),
    "texts": text("UPDATE inbound_texts SET participant_id = :from WHERE participant_id = :to AND id = ANY(:ids)"),
    "consents": text("UPDATE text_consents SET participant_id = :from WHERE participant_id = :to AND id = ANY(:ids)"),
    "lists": text("UPDATE list_memberships SET participant_id = :from WHERE participant_id = :to AND list_id = ANY(:ids)"),
    "sendouts": text("UPDATE sendout_people SET participant_id = :from WHERE participant_id = :to AND sendout_id = ANY(:ids)"),
    "kept": text("UPDATE kept_people SET participant_id = :from WHERE participant_id = :to AND sendout_id = ANY(:ids)"),
}
_LEAVE_LISTS = text("DELETE FROM list_memberships WHERE participant_id = :from RETURNING list_id, added_at")  # on which both were
_JOIN_AGAIN = text("""
    INSERT INTO list_memberships (organisation_id, list_id, participant_id, added_at)
    SELECT organisation_id, id, :from, CAST(:added_at AS timestamptz) FROM participant_lists WHERE id = :list_id ON CONFLICT DO NOTHING""")
_SAID_NO = (SuppressionReason.UNSUBSCRIBE, SuppressionReason.MANUAL, SuppressionReason.STOP, SuppressionReason.COMPLAINT)


def merge(person: Participant, other: Participant, choices: Mapping[str, str], user_id: int) -> int:
    """Make one of two; returns the log entry by which it is undone. `choices` says by field where the other's value is kept.

    Whoever said no with an address that is given up is asked no more at the one that stays, and a withdrawn consent stays withdrawn.
    Raises Conflict where they are one already, or while an import or the start of a send-out has them in its hands.
    """
    _hold(person, other)
    fields = compared(person, other, choices)
    was, other_was = snapshot(person), snapshot(other)
    values = merged_values(person, other, fields)
    other.member_number = other.email_address = other.phone_number = None
    other.erased_at, other.merged_into = now(), person.id
    db.session.flush()
    for name, value in values.items():
        setattr(person, name, value)
    ids = {"to": person.id, "from": other.id}
    withdrawn = _withdraw_consents(person, other)
    moved = {what: list(db.session.scalars(move, ids)) for what, move in _MOVES.items()}
    given_up = _given_up(person, was, other_was)
    refusals = _carry_refusals(person, given_up, user_id)
    for address in given_up:
        _log(person, user_id, ADDRESS_CORRECTED, {"was": _key(address), "became": _present(person, address[0])})
    shared_lists = [(row.list_id, row.added_at.isoformat()) for row in db.session.execute(_LEAVE_LISTS, {"from": other.id})]
    detail = {"shared_lists": shared_lists, "other": other.id, "was": was, "other_was": other_was, "became": values, "moved": moved}
    return _log(person, user_id, MERGED, detail | refusals | {"withdrawn": withdrawn})


def undo_merge(organisation_id: int, log_id: int, user_id: int) -> Participant:
    """Take two apart again; fields that were changed since keep that change. Returns who they were merged into.

    Raises NotFound, and Conflict where it was undone before, while an import runs, or where a member number is somebody else's by now.
    """
    log = db.session.get(AuditEntry, log_id, with_for_update=True)
    if log is None or log.organisation_id != organisation_id or log.action != MERGED or "other" not in log.detail:
        raise NotFound("There is no such merge.")
    hold_off_imports(organisation_id)
    person, other = (db.session.get_one(Participant, number, with_for_update=True) for number in (log.object_id, log.detail["other"]))
    if other.merged_into != person.id or person.erased_at is not None:
        raise Conflict("This merge has been undone already, or the person is not there any more.")
    _check_numbers(person, other, {log.detail["was"]["member_number"], log.detail["other_was"]["member_number"]})
    for name, value in log.detail["became"].items():
        if getattr(person, name) == value:
            setattr(person, name, log.detail["was"][name])
    db.session.flush()
    for name, value in log.detail["other_was"].items():
        setattr(other, name, value)
    other.erased_at = other.merged_into = None
    for what, ids in log.detail["moved"].items():
        db.session.execute(_MOVES_BACK[what], {"to": person.id, "from": other.id, "ids": ids})
    for list_id, added_at in log.detail["shared_lists"]:
        db.session.execute(_JOIN_AGAIN, {"from": other.id, "list_id": list_id, "added_at": added_at})
    _take_refusals_back(log, user_id)
    db.session.execute(update(TextConsent).where(TextConsent.id.in_(log.detail["withdrawn"])).values(withdrawn_at=None))
    _log(person, user_id, TAKEN_APART, {"other": other.id})
    return person


def merges_of(person: Participant) -> Sequence[AuditEntry]:
    """Who was merged into this person and still is, the newest first."""
    asked = select(AuditEntry).where(
        AuditEntry.object_kind == "participant", AuditEntry.object_id == person.id, AuditEntry.action == MERGED
    )
    standing = select(Participant.id).where(Participant.merged_into == person.id)
    ids = set(db.session.scalars(standing))
    return [each for each in db.session.scalars(asked.order_by(AuditEntry.id.desc())) if each.detail.get("other") in ids]


def _hold(person: Participant, other: Participant) -> None:
    hold_off_starts(person.organisation_id)  # before the row below: a start holds this when it may ask for that
    hold_off_imports(person.organisation_id)
    for each in sorted((person, other), key=lambda each: each.id):
        db.session.refresh(each, with_for_update=True)
    if person.id == other.id or person.erased_at is not None or other.erased_at is not None:
        raise Conflict("These two are one person already.")


def _check_numbers(person: Participant, other: Participant, coming_back: set[str | None]) -> None:
    """Raise Conflict where a number that comes back has been given to somebody else."""
    asked = select(Participant).where(
        Participant.organisation_id == person.organisation_id,
        Participant.member_number.in_(coming_back - {None}),
        Participant.id.not_in((person.id, other.id)),
    )
    taken = db.session.scalars(asked.order_by(Participant.id)).first()
    if taken is not None:
        name = f"{taken.first_name} {taken.last_name}".strip() or "somebody else"
        raise Conflict(f"Member number {taken.member_number} belongs to {name} by now: give them another one first.")


def _given_up(person: Participant, *were: Mapping[str, Any]) -> list[tuple[Channel, str]]:
    had = [address for was in were for address in addresses_of(was["email_address"], was["phone_number"])]
    kept = {_key(address) for address in addresses_of(person.email_address, person.phone_number)}
    return list({_key(address): address for address in had if _key(address) not in kept}.values())


def _key(address: tuple[Channel, str]) -> str:
    return email_key(address[1]) if address[0] is Channel.EMAIL else address[1]


def _present(person: Participant, channel: Channel) -> str | None:
    return person.email_address if channel is Channel.EMAIL else person.phone_number


def _carry_refusals(person: Participant, given_up: list[tuple[Channel, str]], user_id: int) -> dict[str, list[Any]]:
    """Put on the list, for the address that stays, what the person has said no to with the one that does not.

    Returns what undoing needs, as ids: the new `entries`, and `replaced`, pairs of a new one and the narrower one that made way.
    """
    stays = {channel: present for channel in Channel if (present := _present(person, channel))}
    against = [
        entry
        for channel, address in given_up
        if channel in stays
        for entry in standing_entries(person.organisation_id, channel, address_key(channel, address))
    ]
    before = [entry for channel, address in stays.items() for entry in standing_entries(person.organisation_id, channel, address)]
    # At most one of a reason stands at an address: where there is a new one beside one of before, that has made way for it.
    by_hand = {entry.channel: entry.id for entry in before if entry.reason == SuppressionReason.MANUAL}
    entries = suppress([_carried(entry, stays[Channel(entry.channel)], user_id) for entry in against if entry.reason in _SAID_NO])
    added = db.session.execute(select(UnsubscribeEntry.id, UnsubscribeEntry.channel).where(UnsubscribeEntry.id.in_(entries)))
    return {"entries": entries, "replaced": [(number, by_hand[channel]) for number, channel in added if channel in by_hand]}


def _carried(entry: UnsubscribeEntry, address: str, user_id: int) -> NewEntry:
    return NewEntry(
        organisation_id=entry.organisation_id,
        channel=Channel(entry.channel),
        address=address,
        reason=SuppressionReason.MANUAL,
        source=EntrySource.USER,
        scope=SuppressionScope(entry.scope),
        created_by=user_id,
        proof={"words": f"Merged with an entry of the same person: {REASON_WORDS[SuppressionReason(entry.reason)]}"},
    )


def _withdraw_consents(person: Participant, other: Participant) -> list[int]:
    """Whoever withdrew a consent under one entry has withdrawn it: the other's goes with it."""
    asked = select(TextConsent).where(TextConsent.participant_id.in_((person.id, other.id)))
    given = db.session.scalars(asked).all()
    for each in (person, other):
        own = [consent for consent in given if consent.participant_id == each.id]
        if own and all(consent.withdrawn_at for consent in own):
            standing = [consent for consent in given if not consent.withdrawn_at]
            for consent in standing:
                consent.withdrawn_at = now()
            return [consent.id for consent in standing]
    return []


def _take_refusals_back(log: AuditEntry, user_id: int) -> None:
    """Lift what the merge carried over and still stands, and put back what that replaced."""
    standing = update(UnsubscribeEntry).where(UnsubscribeEntry.id.in_(log.detail["entries"]), UnsubscribeEntry.lifted_at.is_(None))
    values = {"lifted_at": now(), "lift_reason": "The merge was undone"}
    lifted = set(db.session.scalars(standing.values(values).returning(UnsubscribeEntry.id)))
    for wider, replaced in log.detail.get("replaced", []):  # which older merges did not note
        if wider in lifted:
            undo_lift(log.organisation_id, replaced, user_id=user_id)


def _log(person: Participant, user_id: int, action: str, detail: dict[str, Any]) -> int:
    who = {"organisation_id": person.organisation_id, "user_id": user_id, "object_kind": "participant", "object_id": person.id}
    entry = AuditEntry(**who, action=action, detail=detail)
    db.session.add(entry)
    db.session.flush()
    return entry.id
