"""What people say with a link of ours: no more of this, nothing at all, or everything again. Nothing here commits."""

import base64
from collections.abc import Iterable, Sequence
from enum import StrEnum

import structlog

from app.domain.events import EventKind
from app.domain.shown import Facts, OptOutMethod
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.lib.clock import now
from app.lib.errors import NotFound
from app.messages.facts import record_facts, withdraw_opt_out
from app.messages.group_commit import GroupCommit, NotStored
from app.messages.receipts import visit_row
from app.models import UnsubscribeEntry
from app.tracking.queries import Addressee, addressee
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.queries import standing_entries
from app.unsubscribes.service import lift_own_link, suppress

PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
UNCACHED = ("Cache-Control", "no-store, private")

_LONGEST_AGENT = 500

log = structlog.get_logger(__name__)


class Choice(StrEnum):
    """What a person wants to get, the most first."""

    EVERYTHING = "everything"
    CONCERNS_US = "concerns_us"  # no marketing
    NOTHING = "nothing"


_SCOPES = {Choice.CONCERNS_US: SuppressionScope.MARKETING, Choice.NOTHING: SuppressionScope.ALL}
_CHOICES = {scope: choice for choice, scope in _SCOPES.items()}
_LESS_LAST = list(Choice)


def keep_visit(committer: GroupCommit, kind: EventKind, message_id: int, *, link_id: int | None, user_agent: str | None) -> None:
    """Keep an open or a click, committed when this returns. Whoever follows a link gets there even while it cannot be kept."""
    try:
        committer.store(visit_row(kind, message_id, link_id=link_id, user_agent=user_agent))
    except NotStored as problem:
        log.warning("visit not kept", kind=kind, problem=str(problem))


def reader_of(message_id: int) -> Addressee:
    """Whom the link was sent to; raises NotFound where the message is gone."""
    found = addressee(message_id)
    if found is None:
        raise NotFound("The message that this link came in is not kept any more. Answer it, or write to whoever sent it.")
    return found


def present_choice(reader: Addressee) -> Choice:
    """What the list says that they get now, whoever has put them there."""
    return _least(_CHOICES[SuppressionScope(entry.scope)] for entry in _standing(reader))


def most_on_offer(reader: Addressee) -> Choice:
    """The most that this link can give them: what others have put on the list, it does not take off."""
    return _least(_without_this_link(entry, reader) for entry in _standing(reader))


def choose(reader: Addressee, choice: Choice, *, source: EntrySource, user_agent: str | None) -> None:
    """Do what they chose, in the transaction that answers them; callable again.

    Choosing more takes back only what this very link has made, never what somebody else has put on the list.
    """
    standing = _standing(reader)
    wanted = _least([choice, most_on_offer(reader)])
    if wanted is not present_choice(reader):
        lift_own_link(reader.organisation_id, reader.message_id, because="They chose anew on the page behind their link")
        if wanted is not Choice.EVERYTHING and reader.address is not None:
            suppress([_entry(reader, wanted, _proof(reader, standing, source, user_agent))])
    if choice is Choice.EVERYTHING:
        withdraw_opt_out(reader.message_id)
    else:
        method = OptOutMethod.ONE_CLICK if source is EntrySource.ONE_CLICK else OptOutMethod.LINK
        record_facts(reader.message_id, Facts(opted_out_at=now(), opted_out_by=method))


def unsubscribe_at_once(reader: Addressee, *, user_agent: str | None) -> None:
    """RFC 8058's one click: no more marketing. Whoever gets less than that already keeps it so."""
    choice = _least([Choice.CONCERNS_US, present_choice(reader)])
    choose(reader, choice, source=EntrySource.ONE_CLICK, user_agent=user_agent)


def _standing(reader: Addressee) -> list[UnsubscribeEntry]:
    return standing_entries(reader.organisation_id, reader.channel, reader.address or "")


def _is_own(entry: UnsubscribeEntry, reader: Addressee) -> bool:
    return entry.message_id == reader.message_id and entry.source in (EntrySource.LINK, EntrySource.ONE_CLICK)


def _without_this_link(entry: UnsubscribeEntry, reader: Addressee) -> Choice:
    """What would be left of an entry: of one that this link made, only the narrower one that it has replaced."""
    if _is_own(entry, reader):
        return Choice.CONCERNS_US if entry.proof.get("replaces") else Choice.EVERYTHING
    return _CHOICES[SuppressionScope(entry.scope)]


def _least(choices: Iterable[Choice]) -> Choice:
    return max(choices, key=_LESS_LAST.index, default=Choice.EVERYTHING)


def _proof(reader: Addressee, standing: Sequence[UnsubscribeEntry], source: EntrySource, user_agent: str | None) -> dict[str, object]:
    """How they said it, and which narrower entry this one takes the place of, since that one was not this link's to lift."""
    proof: dict[str, object] = {"at": now(), "method": source, "user_agent": (user_agent or "")[:_LONGEST_AGENT]}
    narrower = [entry for entry in standing if entry.reason == SuppressionReason.UNSUBSCRIBE]
    replaced = [entry.proof.get("replaces") if _is_own(entry, reader) else entry.id for entry in narrower]
    return proof | ({"replaces": replaced[0]} if replaced and replaced[0] else {})


def _entry(reader: Addressee, choice: Choice, proof: dict[str, object]) -> NewEntry:
    return NewEntry(
        organisation_id=reader.organisation_id,
        channel=reader.channel,
        address=reader.address or "",
        reason=SuppressionReason.UNSUBSCRIBE,
        source=str(proof["method"]),
        scope=_SCOPES[choice],
        sendout_id=reader.sendout_id,
        message_id=reader.message_id,
        proof=proof,
    )
