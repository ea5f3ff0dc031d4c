"""One factory a model: the defaults are valid, a test overrides what it is about. Each flushes, none commits."""

from decimal import Decimal
from itertools import count
from typing import Any, TypeVar

from app.api.keys.service import digest_of
from app.domain.api_scopes import ApiScope
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.roles import Role
from app.domain.senders import SenderKind
from app.domain.sendout_state import SendoutState
from app.extensions import Base, db
from app.models import (
    ApiKey,
    CustomField,
    CustomFieldKind,
    InboundText,
    ListMembership,
    Membership,
    Message,
    MessageTemplate,
    Organisation,
    Participant,
    ParticipantImport,
    ParticipantList,
    PriceList,
    SavedAnswer,
    SavedFilter,
    Sender,
    Sendout,
    SendoutList,
    UnsubscribeEntry,
    User,
)
from app.participants.custom_fields import field_key

Row = TypeVar("Row", bound=Base)

_numbers = count(1)


def saved(row: Row) -> Row:
    """Write a row and read back what the database made of it."""
    db.session.add(row)
    db.session.flush()
    return row


def an_organisation(**values: Any) -> Organisation:
    return saved(Organisation(**({"name": "Riverside Football Club", "short_name": "Riverside"} | values)))


def a_price_list(organisation: Organisation, **values: Any) -> PriceList:
    prices = {"text_price": Decimal("0.01"), "received_price": Decimal("0.005"), "email_price": Decimal("0.0001")}
    return saved(PriceList(organisation_id=organisation.id, **(prices | values)))


def a_user(**values: Any) -> User:
    number = next(_numbers)
    return saved(
        User(
            **({"name": f"User {number}", "email": f"user{number}@club.example", "fs_uniquifier": f"uniq{number}", "active": True} | values)
        )
    )


def a_member(organisation: Organisation, role: Role = Role.OWNER, **values: Any) -> User:
    user = a_user(**values)
    saved(Membership(user_id=user.id, organisation_id=organisation.id, role=role))
    return user


def a_sender(organisation: Organisation, channel: Channel = Channel.EMAIL, **values: Any) -> Sender:
    number = next(_numbers)
    defaults = (
        {"kind": SenderKind.EMAIL_ADDRESS, "address": f"news{number}@mail.example.com", "display_name": "Riverside"}
        if channel is Channel.EMAIL
        else {"kind": SenderKind.NUMBER, "address": f"+1500555{number:04d}", "segments_per_second": 100}
    )
    return saved(Sender(organisation_id=organisation.id, channel=channel, **(defaults | values)))


def a_participant(organisation: Organisation, **values: Any) -> Participant:
    number = next(_numbers)
    defaults = {
        "first_name": "Ava",
        "last_name": f"Smith{number}",
        "email_address": f"person{number}@example.net",
        "phone_number": f"+1201555{number:04d}",
    }
    return saved(Participant(organisation_id=organisation.id, **(defaults | values)))


def a_list(organisation: Organisation, *people: Participant, **values: Any) -> ParticipantList:
    a = saved(ParticipantList(organisation_id=organisation.id, **({"name": f"List {next(_numbers)}"} | values)))
    for person in people:
        saved(ListMembership(organisation_id=organisation.id, list_id=a.id, participant_id=person.id))
    return a


def a_sendout(organisation: Organisation, *lists: ParticipantList, **values: Any) -> Sendout:
    """A draft that could be sent; give `state` and senders for one that has started."""
    defaults = {
        "title": "Spring camp",
        "communication_type": CommunicationType.NON_MARKETING,
        "channel_plan": ChannelPlan.EMAIL,
        "state": SendoutState.DRAFT,
        "subject": "Spring camp",
        "html": "<p>Hello {{ first_name }}</p>",
        "sms_body": "Hello {{ first_name }}",
    }
    sendout = saved(Sendout(organisation_id=organisation.id, **(defaults | values)))
    for each in lists:
        saved(SendoutList(organisation_id=organisation.id, sendout_id=sendout.id, list_id=each.id))
    return sendout


def a_message(sendout: Sendout, participant: Participant, channel: Channel = Channel.EMAIL, **values: Any) -> Message:
    """A pending message; give `status` and facts for one that went."""
    address = participant.email_address if channel is Channel.EMAIL else participant.phone_number
    defaults = {
        "organisation_id": sendout.organisation_id,
        "sendout_id": sendout.id,
        "participant_id": participant.id,
        "channel": channel,
        "address": address,
    }
    return saved(Message(**(defaults | values)))


def an_entry(organisation: Organisation, **values: Any) -> UnsubscribeEntry:
    """An entry of the Unsubscribes list that stands: an address that bounced, unless the test says otherwise."""
    number = next(_numbers)
    defaults = {
        "channel": Channel.EMAIL,
        "address": f"gone{number}@example.net",
        "reason": "bounce",
        "scope": "all",
        "source": "callback",
        "proof": {},
    }
    return saved(UnsubscribeEntry(organisation_id=organisation.id, **(defaults | values)))


def a_received_text(organisation: Organisation, sender: Sender | None = None, **values: Any) -> InboundText:
    """A text from a number that nobody knows, unless the test says otherwise."""
    number = next(_numbers)
    sender = sender or a_sender(organisation, Channel.SMS)
    defaults = {
        "sender_id": sender.id,
        "from_number": f"+1202555{number:04d}",
        "body": "See you there",
        "provider_ref": f"SM{number:032x}",
        "keyword": "none",
    }
    return saved(InboundText(organisation_id=organisation.id, **(defaults | values)))


def an_import(organisation: Organisation, **values: Any) -> ParticipantImport:
    """A file of one address that was uploaded and not started."""
    mapping = {"columns": ["E-mail"], "targets": ["email_address"], "has_header": True}
    defaults = {"file_name": "people.csv", "content": b"E-mail\nada@example.net\n", "mapping": mapping}
    return saved(ParticipantImport(organisation_id=organisation.id, **(defaults | values)))


def a_saved_answer(organisation: Organisation, **values: Any) -> SavedAnswer:
    return saved(SavedAnswer(organisation_id=organisation.id, **({"name": "Which kit", "body": "Blue shirt, white shorts"} | values)))


def a_filter(organisation: Organisation, **values: Any) -> SavedFilter:
    """A saved filter of everybody who has an e-mail address, unless the test says otherwise."""
    defaults = {"name": f"Filter {next(_numbers)}", "conditions": [{"about": "email", "operator": "has", "which": "", "values": []}]}
    return saved(SavedFilter(organisation_id=organisation.id, **(defaults | values)))


def a_template(organisation: Organisation, **values: Any) -> MessageTemplate:
    words = {"subject": "Training", "html": "<p>Hello {{ first_name }}</p>", "sms_body": "Riverside: training"}
    return saved(MessageTemplate(organisation_id=organisation.id, **({"name": f"Template {next(_numbers)}"} | words | values)))


def a_field(organisation: Organisation, name: str, kind: CustomFieldKind = CustomFieldKind.TEXT) -> CustomField:
    return saved(CustomField(organisation_id=organisation.id, key=field_key(name), name=name, kind=kind))


def an_api_key(organisation: Organisation, key: str = "", **values: Any) -> ApiKey:
    """Good for everything, unless the test says otherwise."""
    key = key or f"sendout_{next(_numbers):043d}"
    defaults = {"name": "Membership software", "hint": key[:12], "digest": digest_of(key), "scopes": [str(scope) for scope in ApiScope]}
    return saved(ApiKey(organisation_id=organisation.id, **(defaults | values)))
