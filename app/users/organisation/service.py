"""The organisation's own settings, and what its messages leave from; every change is in the audit log."""

from dataclasses import asdict, dataclass

from sqlalchemy.dialects.postgresql import insert

from app.domain.channels import Channel
from app.domain.senders import SenderKind, Tracking
from app.extensions import db
from app.lib.errors import Conflict
from app.models import Sender
from app.users.audit import changes, record
from app.users.organisation import queries


@dataclass(frozen=True, slots=True)
class OrganisationSettings:
    """What an owner may set for the whole organisation."""

    name: str
    short_name: str
    postal_address: str
    country: str
    time_zone: str
    language: str
    is_tracking: bool
    has_visible_pixel: bool


@dataclass(frozen=True, slots=True)
class NewSender:
    """An address, number, name or Messaging Service to send from."""

    kind: SenderKind
    address: str
    display_name: str

    @property
    def channel(self) -> Channel:
        """What it sends."""
        return Channel.EMAIL if self.kind is SenderKind.EMAIL_ADDRESS else Channel.SMS


@dataclass(frozen=True, slots=True)
class SenderSettings:
    """What can be changed about a sender."""

    display_name: str
    tracking: Tracking
    segments_per_second: float


def update_organisation(organisation_id: int, settings: OrganisationSettings) -> None:
    """Change the organisation's settings."""
    row = queries.organisation(organisation_id)
    changed = changes(row, asdict(settings))
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if changed:
        record("organisation changed", "organisation", organisation_id, **changed)


def add_sender(organisation_id: int, new: NewSender) -> int:
    """Add a sender and return its id; one of this organisation's that was archived comes back. Raises Conflict for another's."""
    added: int | None = db.session.scalar(
        insert(Sender)
        .values(organisation_id=organisation_id, channel=new.channel, **asdict(new))
        .on_conflict_do_update(
            index_elements=[Sender.channel, Sender.address],
            set_={"is_archived": False, "display_name": new.display_name},
            where=(Sender.organisation_id == organisation_id) & Sender.is_archived,
        )
        .returning(Sender.id)
    )
    if added is None:
        raise Conflict("This is in use already: a sender belongs to one organisation, once.")
    record("sender added", "sender", added, kind=new.kind, address=new.address)
    return added


def update_sender(organisation_id: int, sender_id: int, settings: SenderSettings) -> None:
    """Change a sender's settings."""
    row = queries.sender(organisation_id, sender_id)
    changed = changes(row, asdict(settings))
    for name, (_, value) in changed.items():
        setattr(row, name, value)
    if changed:
        record("sender changed", "sender", sender_id, **changed)


def set_archived(organisation_id: int, sender_id: int, *, is_archived: bool) -> Sender:
    """Take a sender out of use, or back into it: texts to it are still received, and what it sent keeps its name."""
    row = queries.sender(organisation_id, sender_id)
    row.is_archived = is_archived
    record("sender archived" if is_archived else "sender restored", "sender", sender_id)
    return row


def switch_tracking_off(organisation_id: int) -> list[str]:
    """Switch tracking off for the organisation and for every sender that says otherwise; returns the addresses of those it changed."""
    row = queries.organisation(organisation_id)
    changed = [each for each in queries.senders(organisation_id) if each.tracking == Tracking.ON]
    row.is_tracking = False
    for each in changed:
        each.tracking = Tracking.OFF
    addresses = [each.address for each in changed]
    record("tracking switched off", "organisation", organisation_id, senders=addresses)
    return addresses
