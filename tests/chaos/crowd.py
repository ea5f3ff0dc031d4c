"""A fresh organisation with its people and its send-outs, made through the product's own models and services."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, text

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.senders import SenderKind
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.models import ListMembership, Organisation, Participant, ParticipantList, Sender, Sendout, SendoutList, TextConsent
from app.sendouts.running import Actor, launch

LATER_PEOPLE = 25  # who get one more e-mail when all is over: silence means something once 20 later ones are confirmed
URGENT_PEOPLE = 5
FIRST_NUMBER = 1_000  # the simulator plays tricks with lower ones
TRICKY = {7: "bounce", 19: "late-bounce", 31: "complaint", 43: "full", 55: "opens", 67: "clicks"}  # by the number of the person
# What everybody got long ago: the links by which they can say no to what is on its way.
_EARLIER = text("""
    INSERT INTO messages (organisation_id, sendout_id, participant_id, channel, address, status, accepted_at, delivered_at)
    SELECT p.organisation_id, :sendout_id, p.id, 'email', p.email_address, 'delivered', now(), now()
    FROM participants p JOIN list_memberships l ON l.participant_id = p.id WHERE l.list_id = :list_id ORDER BY p.id""")
BODY = "<p>Dear {{ first_name }}, <a href='https://club.example/camp'>the camp</a> begins.</p>"


@dataclass(frozen=True)
class Club:
    """An organisation with everybody on one list, a few on two shorter ones."""

    id: int
    number: int
    people: int
    lists: dict[str, int]
    senders: dict[Channel, int]
    text_number: str


def a_club(number: int, people: int, texts_per_second: float) -> Club:
    """Found it; commits. Its numbers and addresses are nobody else's as long as `number` is not."""
    organisation = Organisation(name=f"Club {number}", short_name=f"Club {number}", postal_address="Mill Lane 4", country="US")
    db.session.add(organisation)
    db.session.flush()
    text_number = f"+1500{5_560_000 + number}"
    senders = _senders(organisation.id, number, text_number, texts_per_second)
    lists = {"everybody": people, "later": LATER_PEOPLE, "urgent": URGENT_PEOPLE}
    made = {name: ParticipantList(organisation_id=organisation.id, name=name) for name in lists}
    db.session.add_all([*senders.values(), *made.values()])
    db.session.flush()
    for name, count in lists.items():
        _people(organisation.id, made[name].id, [_person(number, name, each) for each in range(count)])
    club = Club(
        organisation.id,
        number,
        people,
        {name: each.id for name, each in made.items()},
        {channel: each.id for channel, each in senders.items()},
        text_number,
    )
    _remember_earlier_ones(club)
    db.session.commit()
    return club


def send(club: Club, to: str, plan: ChannelPlan, *, is_urgent: bool = False) -> int:
    """Compose something for a list and press Send; commits, and returns the send-out's id."""
    is_marketing = to == "everybody"
    sendout = Sendout(
        organisation_id=club.id, title=to, channel_plan=plan, is_urgent=is_urgent, subject=f"About {to}", html=BODY,
        communication_type=CommunicationType.MARKETING if is_marketing else CommunicationType.NON_MARKETING,
        email_sender_id=club.senders[Channel.EMAIL], sms_sender_id=club.senders[Channel.SMS], sms_body=f"{to}: {{{{ first_name }}}}",
    )  # fmt: skip
    db.session.add(sendout)
    db.session.flush()
    sendout_id = sendout.id
    db.session.add(SendoutList(organisation_id=club.id, sendout_id=sendout_id, list_id=club.lists[to]))
    db.session.flush()
    launch(sendout_id, Actor(club.id, None), undo_seconds=0)
    db.session.commit()
    return sendout_id


def _remember_earlier_ones(club: Club) -> None:
    sendout = Sendout(
        organisation_id=club.id, title="earlier", subject="Earlier", html=BODY, communication_type=CommunicationType.MARKETING,
        email_sender_id=club.senders[Channel.EMAIL], state=SendoutState.RUNNING, launched_at=now(), frozen_at=now(),
        audience_count=club.people,
    )  # fmt: skip
    db.session.add(sendout)
    db.session.flush()
    db.session.execute(_EARLIER, {"sendout_id": sendout.id, "list_id": club.lists["everybody"]})


def _senders(organisation_id: int, number: int, text_number: str, texts_per_second: float) -> dict[Channel, Sender]:
    mail = {"kind": SenderKind.EMAIL_ADDRESS, "address": f"news{number}@club.example", "display_name": "The club"}
    texts = {"kind": SenderKind.NUMBER, "address": text_number, "segments_per_second": texts_per_second}
    by_channel: dict[Channel, dict[str, Any]] = {Channel.EMAIL: mail, Channel.SMS: texts}
    return {channel: Sender(organisation_id=organisation_id, channel=channel, **values) for channel, values in by_channel.items()}


def _person(club: int, to: str, number: int) -> dict[str, str]:
    name = TRICKY.get(number, "person") if to == "everybody" else to
    offset = {"everybody": 0, "later": 4_000, "urgent": 5_000}[to]
    phone = f"+1{200 + club % 700}{club // 700 % 1000:03}{FIRST_NUMBER + offset + number:04}"
    return {"first_name": f"Ava{number}", "email_address": f"{name}{number}.{club}@home.example", "phone_number": phone}


def _people(organisation_id: int, list_id: int, people: list[dict[str, str]]) -> None:
    rows = [{"organisation_id": organisation_id, **person} for person in people]
    ids = list(db.session.scalars(insert(Participant).returning(Participant.id), rows))
    theirs = [{"organisation_id": organisation_id, "participant_id": each} for each in ids]
    db.session.execute(insert(ListMembership), [{**each, "list_id": list_id} for each in theirs])
    db.session.execute(insert(TextConsent), [{**each, "given_at": now(), "proof": "ticked on the form"} for each in theirs])
