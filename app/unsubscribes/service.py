"""Who must not be written to: putting addresses on the list, and taking them off again.

Entries are never deleted: lifted ones stay as the address's history. Nothing here commits.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from sqlalchemy import ColumnElement, FromClause, and_, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.domain.addresses import normalise_email, normalise_number
from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from app.models import AuditEntry, SoftBounce, UnsubscribeEntry
from app.models.recordset import recordset
from app.unsubscribes import queries
from app.unsubscribes.entries import EntrySource, NewEntry, address_key, scope_of
from app.unsubscribes.words import is_at_network

_COLUMNS = (
    "organisation_id", "channel", "address", "reason", "scope", "source",
    "sendout_id", "message_id", "inbound_text_id", "created_by", "proof",
)  # fmt: skip
_KEY = ("organisation_id", "channel", "address", "reason")  # one standing entry each


@dataclass(frozen=True, slots=True)
class Lifted:
    """An entry taken off. `is_on_ses_list`: SES keeps a list of its own that may have this address, to be lifted after the commit."""

    entry_id: int
    channel: Channel
    address: str
    is_on_ses_list: bool


def suppress(entries: Sequence[NewEntry]) -> list[int]:
    """Put addresses on the list, all in one go; returns the ids of the entries that are new.

    Callable again: who stands there for the same reason already stays as is, except that "every message" replaces "marketing".
    """
    if not entries:
        return []
    given = recordset(UnsubscribeEntry, [_as_row(entry) for entry in entries], *_COLUMNS)
    _lift_narrower(given)
    added = _added(given)
    if _lift_narrower(given):  # another's, which came in between and was waited for
        added += _added(given)
    return added


def _lift_narrower(given: FromClause) -> int:
    same = [UnsubscribeEntry.__table__.c[name] == given.c[name] for name in _KEY]
    is_wider = and_(given.c.scope == SuppressionScope.ALL, UnsubscribeEntry.scope == SuppressionScope.MARKETING)
    return _lift_where(is_wider, *same, because="Replaced by an entry for every message")


def _added(given: FromClause) -> list[int]:
    added = (
        insert(UnsubscribeEntry)
        .from_select(_COLUMNS, select(given).order_by(*(given.c[name] for name in _KEY), given.c.scope))
        .on_conflict_do_nothing(index_elements=_KEY, index_where=UnsubscribeEntry.lifted_at.is_(None))
        .returning(UnsubscribeEntry.id)
    )
    return list(db.session.scalars(added))


def add_by_hand(entry: NewEntry, *, country: str) -> int:
    """Put one address on the list as a user typed it; raises Invalid for what is no address, Conflict where it stands there already."""
    address = normalise_number(entry.address, country) if entry.channel is Channel.SMS else normalise_email(entry.address).address
    added = suppress([replace(entry, address=address)])
    if not added:
        raise Conflict("This is on the Unsubscribes list already.")
    return added[0]


def lift(organisation_id: int, entry_id: int, *, reason: str, user_id: int) -> Lifted:
    """Take an entry off, with the reason why; never a STOP.

    Raises NotFound, Conflict where it was lifted before, NotAllowed for a STOP, Invalid without a reason.
    """
    entry = _entry(organisation_id, entry_id)
    if entry.lifted_at is not None:
        raise Conflict("This entry has been taken off already.")
    if entry.reason == SuppressionReason.STOP:
        raise NotAllowed(_why_a_stop_stays(entry))
    if not reason.strip():
        raise Invalid("Say why: the reason is kept with the entry.", "reason")

    entry.lifted_at, entry.lifted_by, entry.lift_reason = now(), user_id, reason.strip()
    db.session.execute(delete(SoftBounce).where(SoftBounce.organisation_id == organisation_id, SoftBounce.address == entry.address))
    _audit(entry, "unsubscribe.lifted", user_id)
    is_mail_refused = entry.reason in (SuppressionReason.BOUNCE, SuppressionReason.COMPLAINT)
    is_on_ses_list = entry.channel == Channel.EMAIL and is_mail_refused and not entry.is_hashed
    return Lifted(entry.id, Channel(entry.channel), entry.address, is_on_ses_list)


def undo_lift(organisation_id: int, entry_id: int, *, user_id: int) -> int:
    """Put a lifted entry back as it was; returns the id of the one that stands now, since the lifted one stays in the history.

    Raises NotFound, Conflict where it stands, NotAllowed for a STOP: only their own START has lifted it.
    """
    entry = _entry(organisation_id, entry_id)
    if entry.lifted_at is None:
        raise Conflict("This entry still stands.")
    if entry.reason == SuppressionReason.STOP:
        raise NotAllowed("They texted START themselves. To keep them from getting texts, add their number to the list.")
    again = NewEntry(
        organisation_id=entry.organisation_id,
        channel=Channel(entry.channel),
        address=entry.address,
        reason=SuppressionReason(entry.reason),
        source=entry.source,
        scope=SuppressionScope(entry.scope),
        sendout_id=entry.sendout_id,
        message_id=entry.message_id,
        inbound_text_id=entry.inbound_text_id,
        created_by=user_id,
        proof={**entry.proof, "put_back": entry.id},
    )
    added = suppress([again])
    if not added:
        raise Conflict("The same entry has been made again meanwhile.")
    db.session.execute(update(UnsubscribeEntry).where(UnsubscribeEntry.id.in_(added)).values(is_hashed=entry.is_hashed))
    _audit(entry, "unsubscribe.put_back", user_id)
    return added[0]


def lift_stop(organisation_id: int, number: str, *, words: str) -> int:
    """The person's own START: lift the STOP of their number, and nothing else. Returns how many entries it lifted."""
    return _lift_where(
        UnsubscribeEntry.organisation_id == organisation_id,
        UnsubscribeEntry.channel == Channel.SMS,
        UnsubscribeEntry.address == number,
        UnsubscribeEntry.reason == SuppressionReason.STOP,
        because=f"They texted “{words}”",
    )


def lift_own_link(organisation_id: int, message_id: int, *, because: str) -> int:
    """Lift what one message's unsubscribe link has made, and nothing that anybody else has. Returns how many entries it lifted."""
    return _lift_where(
        UnsubscribeEntry.organisation_id == organisation_id,
        UnsubscribeEntry.message_id == message_id,
        UnsubscribeEntry.source.in_((EntrySource.LINK, EntrySource.ONE_CLICK)),
        because=because,
    )


def _lift_where(*conditions: ColumnElement[bool], because: str) -> int:
    standing = update(UnsubscribeEntry).where(UnsubscribeEntry.lifted_at.is_(None), *conditions)
    lifted = db.session.execute(standing.values(lifted_at=now(), lift_reason=because), execution_options={"synchronize_session": False})
    return lifted.rowcount  # type: ignore[attr-defined, no-any-return]  # a CursorResult, since it is an UPDATE


def _as_row(entry: NewEntry) -> dict[str, object]:
    row = asdict(entry)
    return row | {"address": address_key(entry.channel, entry.address), "scope": entry.scope or scope_of(entry.reason)}


def _entry(organisation_id: int, entry_id: int) -> UnsubscribeEntry:
    """The entry itself, locked: two people may be at it."""
    found = db.session.get(UnsubscribeEntry, entry_id, with_for_update=True)
    if found is None or found.organisation_id != organisation_id:
        raise NotFound("There is no such entry on the Unsubscribes list.")
    return found


def _why_a_stop_stays(entry: UnsubscribeEntry) -> str:
    ours = queries.number_they_stopped(entry)
    block = ": the phone network keeps a block of its own" if is_at_network(entry) else ""
    return (
        f"Only they can undo a STOP, by texting START or UNSTOP{block}. "
        f"You can e-mail them: “Text START to {ours or 'our number'} to get our texts again.”"
    )


def _audit(entry: UnsubscribeEntry, action: str, user_id: int) -> None:
    audit = AuditEntry(organisation_id=entry.organisation_id, user_id=user_id, action=action, object_kind="unsubscribe_entry")
    audit.object_id, audit.detail = entry.id, {"reason": entry.reason, "channel": entry.channel, "because": entry.lift_reason}
    db.session.add(audit)
