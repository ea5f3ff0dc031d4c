from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind
from app.domain.shown import Facts
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Invalid, NotFound
from app.messages.events import record_events
from app.messages.facts import record_facts
from app.messages.follow_up import Note, follow_up_setup, note_messages, stands_in
from app.models import FollowUpEntry, FollowUpStatus, Message, MessageAction
from app.participants.follow_ups import follow_ups_of, said_of
from tests.factories import a_list, a_member, a_message, a_participant, a_sendout, an_organisation, saved

pytestmark = pytest.mark.usefixtures("database")

START = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"
ADDRESS = "Asha@example.net"


class Desk:
    """An organisation that follows up, with Open, Read and Closed, and one message that went."""

    def __init__(self, **values):
        self.organisation = an_organisation(has_follow_up=True, follow_up_since=START - timedelta(days=1))
        self.statuses = [
            saved(FollowUpStatus(organisation_id=self.organisation.id, name=name, colour="grey", position=position))
            for position, name in enumerate(("Open", "Read", "Closed"))
        ]
        self.person = a_participant(self.organisation, email_address=ADDRESS)
        self.parents = a_list(self.organisation, self.person)
        self.sendout = a_sendout(self.organisation, self.parents)
        accepted: dict[str, Any] = {"status": "sent", "provider_ref": "r1", "accepted_at": START}
        self.message = a_message(self.sendout, self.person, **(accepted | values))

    def action(self, happening, status, **target):
        target = target or {"address": ADDRESS.lower()}
        row = MessageAction(organisation_id=self.organisation.id, happening=happening, status_id=self.id_of(status), **target)
        return saved(row)

    def id_of(self, name):
        return next(status.id for status in self.statuses if status.name == name)

    def note(self, name=None, comment="", **by):
        return note_messages(self.organisation.id, [self.message.id], Note(name and self.id_of(name), comment, **by))

    @property
    def standing(self):
        found = follow_ups_of([self.message.id]).get(self.message.id)
        return found and found.name


def an_event(key, kind=EventKind.STATUS, *, seconds, status=None):
    agent = CHROME if kind is not EventKind.STATUS else None
    when = START + timedelta(seconds=seconds)
    return DeliveryEvent(
        channel=Channel.EMAIL, kind=kind, event_key=key, occurred_at=when, provider_ref="r1", status=status, user_agent=agent
    )


def test_a_message_starts_in_the_first_status_when_it_is_accepted():
    desk = Desk()

    standing = follow_ups_of([desk.message.id])[desk.message.id]

    assert (standing.name, standing.since) == ("Open", START)


@pytest.mark.parametrize("values", [{"accepted_at": None, "status": "pending"}, {"accepted_at": START - timedelta(days=2)}])
def test_what_has_not_gone_or_went_before_the_switch_has_no_follow_up(values):
    assert Desk(**values).standing is None


def test_with_the_switch_off_nothing_stands_anywhere_and_nothing_moves():
    desk = Desk()
    desk.action("opened", "Read")
    desk.organisation.has_follow_up = False
    db.session.flush()

    record_facts(desk.message.id, Facts(acknowledged_at=START))

    assert desk.standing is None
    assert follow_up_setup(desk.organisation.id) is None
    assert said_of([desk.message.id]) == {}


@pytest.mark.parametrize(
    ("facts", "standing"),
    [
        (Facts(acknowledged_at=START), "Read"),
        (Facts(responded_at=START), "Closed"),
        (Facts(wrote_back_at=START), "Open"),
        (Facts(machine_opened_at=START, machine_clicked_at=START), "Open"),
    ],
)
def test_a_receipt_moves_it_on_and_a_machine_does_not(facts, standing):
    desk = Desk()
    desk.action("opened", "Read")
    desk.action("responded", "Closed")

    record_facts(desk.message.id, facts)

    assert desk.standing == standing


@pytest.mark.parametrize("target", ["address", "list_id", "sendout_id"])
def test_an_action_is_about_an_address_a_list_or_a_sendout_and_no_other(target):
    desk, other = Desk(), None
    values = {"address": ADDRESS.lower(), "list_id": desk.parents.id, "sendout_id": desk.sendout.id}
    other = a_message(a_sendout(desk.organisation), a_participant(desk.organisation), status="sent", accepted_at=START)
    desk.action("opened", "Read", **{target: values[target]})

    for message in (desk.message, other):
        record_facts(message.id, Facts(acknowledged_at=START))

    standings = follow_ups_of([desk.message.id, other.id])
    assert (standings[desk.message.id].name, standings[other.id].name) == ("Read", "Open")


EVENTS = [
    an_event("delivered", status=DeliveryStatus.DELIVERED, seconds=60),
    an_event("opened", EventKind.OPEN, seconds=900),
    an_event("clicked", EventKind.CLICK, seconds=950),
]


@pytest.mark.parametrize("arrival", list(permutations(EVENTS)))
def test_events_in_any_order_and_repeated_fire_an_action_once(arrival):
    desk = Desk()
    desk.action("opened", "Read")

    for event in (*arrival, *arrival):
        record_events([event])

    [said] = said_of([desk.message.id])[desk.message.id]
    assert (desk.standing, said.who, said.at) == ("Read", "by itself, once received", START + timedelta(seconds=900))


@pytest.mark.parametrize("arrival", list(permutations([EVENTS[0], an_event("fetched", EventKind.OPEN, seconds=60)])))
def test_an_opening_that_turns_out_a_machines_is_taken_back(arrival):
    desk = Desk()
    desk.action("opened", "Read")

    for event in arrival:
        record_events([event])

    assert db.session.get_one(Message, desk.message.id, populate_existing=True).machine_opened_at is not None
    assert desk.standing == "Open"
    assert said_of([desk.message.id]) == {}


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.permutations([Facts(acknowledged_at=START), Facts(responded_at=START), Facts(opened_at=START)]))
def test_facts_in_any_order_end_at_the_furthest_status(facts):
    with db.session.begin_nested() as trial:
        desk = Desk(provider_ref=None)
        desk.action("responded", "Closed")
        desk.action("acknowledged", "Read")
        for each in facts:
            record_facts(desk.message.id, each)

        assert desk.standing == "Closed"
        trial.rollback()


def test_an_action_never_takes_a_message_back_and_a_person_may():
    desk = Desk()
    desk.action("opened", "Read")
    ann = a_member(desk.organisation, name="Ann")

    desk.note("Closed", user_id=ann.id)
    record_facts(desk.message.id, Facts(acknowledged_at=START))
    after_action = desk.standing
    desk.note("Open", "Ring them up", user_id=ann.id)
    record_facts(desk.message.id, Facts(acknowledged_at=START - timedelta(minutes=1)))

    assert (after_action, desk.standing) == ("Closed", "Open")
    assert [(said.who, said.status) for said in said_of([desk.message.id])[desk.message.id] if said.comment] == [("Ann", "Open")]


def test_the_list_is_narrowed_by_status_and_by_how_long_it_has_stood_there():
    desk = Desk()
    setup = follow_up_setup(desk.organisation.id)
    assert setup
    late, early = START + timedelta(days=2), START - timedelta(hours=1)

    def found(name, before=None):
        return len(db.session.scalars(select(Message.id).where(stands_in(setup, desk.id_of(name), since_before=before))).all())

    assert [found("Open"), found("Open", late), found("Open", early), found("Read")] == [1, 1, 0, 0]
    desk.note("Read")
    assert [found("Open"), found("Read"), found("Read", START), found("Read", now() + timedelta(hours=1))] == [0, 1, 0, 1]


def test_nothing_said_is_refused_and_so_is_what_belongs_to_others():
    desk, others = Desk(), an_organisation(name="Hillside School")

    with pytest.raises(Invalid):
        desk.note(comment="  ")
    with pytest.raises(Invalid):
        desk.note(comment="x" * 2001)
    with pytest.raises(NotFound):
        note_messages(others.id, [desk.message.id], Note(None, "Hello"))
    with pytest.raises(NotFound):
        note_messages(others.id, [desk.message.id], Note(desk.id_of("Read")))
    assert db.session.scalars(select(FollowUpEntry.id)).all() == []
