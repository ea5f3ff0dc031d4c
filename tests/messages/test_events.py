from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.messages.events import record_events
from app.messages.matching import FOREIGN, UNKNOWN
from app.models import Message, MessageEvent, Organisation, Sendout, SoftBounce, UnsubscribeEntry
from tests.factories import a_message, a_participant, a_received_text, a_sendout, an_organisation

pytestmark = pytest.mark.usefixtures("database")

START = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"


def an_email(**values):
    organisation = an_organisation()
    person = a_participant(organisation, email_address="Asha.Patel@example.net")
    accepted: dict[str, Any] = {"status": "sent", "provider_ref": "r1", "accepted_at": START}
    return a_message(a_sendout(organisation), person, **(accepted | values))


def a_text(**values):
    organisation = an_organisation()
    person = a_participant(organisation, phone_number="+12015550123")
    return a_message(
        a_sendout(organisation), person, Channel.SMS, **({"status": "sent", "provider_ref": "SM1", "accepted_at": START} | values)
    )


def an_event(key, status=None, *, seconds=10, **values):
    defaults: dict[str, Any] = {
        "channel": Channel.EMAIL,
        "kind": EventKind.STATUS,
        "provider_ref": "r1",
        "occurred_at": START + timedelta(seconds=seconds),
    }
    return DeliveryEvent(event_key=key, status=status, **(defaults | values))


def an_open(key, *, seconds, **values):
    return an_event(key, kind=EventKind.OPEN, seconds=seconds, **({"user_agent": CHROME} | values))


def read_again(message):
    db.session.expire_all()
    return db.session.get_one(Message, message.id)


SENT = an_event("sent", DeliveryStatus.SENT, seconds=0)
DELAYED = an_event("delayed", DeliveryStatus.DELAYED, seconds=5, code="MailboxFull")
DELIVERED = an_event("delivered", DeliveryStatus.DELIVERED, seconds=60)
BOUNCED = an_event("bounced", DeliveryStatus.BOUNCED, seconds=90, code="General", words="User unknown", suppress=Suppress.BOUNCE)
SOFT = an_event("soft", DeliveryStatus.SOFT_BOUNCED, seconds=30, code="MailboxFull", suppress=Suppress.SOFT_BOUNCE)
COMPLAINT = an_event("complaint", DeliveryStatus.COMPLAINT, seconds=200, suppress=Suppress.COMPLAINT)
QUICK_OPEN = an_open("quick", seconds=62)
HUMAN_OPEN = an_open("human", seconds=120)


def everything_about(message):
    """All that a message's events have left behind, in comparable form."""
    row = db.session.execute(select(Message.__table__).where(Message.id == message.id)).one()._asdict()
    for serial in ("id", "organisation_id", "sendout_id", "participant_id"):
        del row[serial]
    verdicts = dict(db.session.execute(select(MessageEvent.event_key, MessageEvent.is_machine)).all())
    entries = db.session.execute(select(UnsubscribeEntry.reason, UnsubscribeEntry.scope)).all()
    return row, verdicts, sorted(entries), db.session.scalar(select(func.count()).select_from(SoftBounce))


@pytest.mark.parametrize(
    "events",
    [
        (SENT, DELIVERED, BOUNCED, COMPLAINT),
        (SENT, DELIVERED, QUICK_OPEN, HUMAN_OPEN),
        (SOFT, DELIVERED, DELAYED, HUMAN_OPEN),
        (SOFT, DELAYED, HUMAN_OPEN),
    ],
    ids=["overtaken", "read", "delivered after all", "read after all"],
)
def test_events_in_any_order_and_grouping_leave_the_same_behind(events):
    ends = []
    for number, arrival in enumerate(permutations(events)):
        with db.session.begin_nested() as undone:
            message = an_email()
            groups = [[event] for event in arrival] if number % 2 else [arrival[:2], arrival[2:]]
            for group in groups:
                record_events(group)
            record_events(arrival)
            ends.append(everything_about(read_again(message)))
            undone.rollback()

    assert all(end == ends[0] for end in ends)


def test_a_repeated_event_is_kept_once_and_has_no_effect_again():
    message = an_email()
    record_events([BOUNCED])

    recorded = record_events([BOUNCED, BOUNCED])

    assert (recorded.new_count, recorded.repeated_count, recorded.unmatched) == (0, 2, [])
    assert db.session.scalar(select(func.count()).select_from(MessageEvent).where(MessageEvent.message_id == message.id)) == 1


def test_a_bounce_overtakes_delivered_and_keeps_its_code_and_words():
    message = an_email()

    record_events([DELIVERED, BOUNCED])

    message = read_again(message)
    assert (message.status, message.error_code, message.error_words) == ("bounced", "General", "User unknown")
    assert message.delivered_at == DELIVERED.occurred_at
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.reason, entry.scope, entry.address, entry.source, entry.message_id) == (
        "bounce",
        "all",
        "asha.patel@example.net",
        "callback",
        message.id,
    )
    assert entry.proof["code"] == "General"


def test_a_delivery_clears_the_code_of_what_it_overtakes():
    message = an_email()
    record_events([SOFT])
    assert read_again(message).error_code == "MailboxFull"

    record_events([DELIVERED])

    message = read_again(message)
    assert (message.status, message.error_code) == ("delivered", None)


@pytest.mark.parametrize("status", ["pending", "in_doubt", "cancelled"])
def test_any_event_proves_acceptance_and_keeps_the_reference(status):
    message = an_email(status=status, provider_ref=None, accepted_at=None, error_words="the worker stopped")

    record_events([an_event("x", kind=EventKind.NOTHING, message_id=message.id, provider_ref="r9", recipient="asha.patel@EXAMPLE.net")])

    message = read_again(message)
    assert (message.status, message.provider_ref, message.error_words) == ("sent", "r9", None)
    assert message.accepted_at == START + timedelta(seconds=10)


def test_a_reference_that_another_message_has_is_not_bound_again():
    an_email(provider_ref="r1")
    message = an_email(status="in_doubt", provider_ref=None, accepted_at=None)

    record_events([an_event("x", DeliveryStatus.SENT, message_id=message.id, provider_ref="r1", recipient="asha.patel@example.net")])

    assert read_again(message).status == "sent"
    assert read_again(message).provider_ref is None


def test_an_event_for_somebody_elses_message_of_the_same_number_is_left_alone():
    message = an_email(provider_ref=None)

    recorded = record_events(
        [an_event("x", DeliveryStatus.BOUNCED, message_id=message.id, provider_ref="r7", recipient="stranger@example.org")]
    )

    assert [(each.event.event_key, each.why) for each in recorded.unmatched] == [("x", FOREIGN)]
    assert read_again(message).status == "sent"


@pytest.mark.parametrize(("ref", "status"), [("r1", "delivered"), ("r2", "sent")])
def test_after_erasure_only_its_own_reference_proves_a_message(ref, status):
    message = an_email(address=None)

    record_events([an_event("x", DeliveryStatus.DELIVERED, message_id=message.id, provider_ref=ref, recipient="asha.patel@example.net")])

    assert read_again(message).status == status


def test_an_event_of_an_unknown_message_is_handed_back():
    recorded = record_events([an_event("x", DeliveryStatus.SENT, provider_ref="nobody")])

    assert [each.why for each in recorded.unmatched] == [UNKNOWN]


def test_an_event_of_one_channel_never_touches_the_other():
    text = a_text()

    recorded = record_events([an_event("x", DeliveryStatus.BOUNCED, message_id=text.id)])

    assert len(recorded.unmatched) == 1


def test_a_human_open_proves_delivery_but_a_machine_open_does_not():
    message = an_email()

    record_events([an_open("machine", seconds=600, user_agent="Mozilla/5.0")])
    assert (read_again(message).status, read_again(message).machine_opened_at) == ("sent", START + timedelta(seconds=600))

    record_events([HUMAN_OPEN])
    message = read_again(message)
    assert (message.status, message.shown_status) == ("delivered", "opened")
    assert message.opened_at == message.delivered_at == HUMAN_OPEN.occurred_at


def test_an_open_is_judged_again_when_the_delivery_is_heard_of():
    message = an_email()
    record_events([QUICK_OPEN])
    assert read_again(message).opened_at is not None

    record_events([DELIVERED])

    message = read_again(message)
    assert (message.opened_at, message.machine_opened_at) == (None, QUICK_OPEN.occurred_at)
    assert db.session.scalar(select(MessageEvent.is_machine).where(MessageEvent.event_key == "quick")) is True


def test_several_links_at_once_are_a_scanner():
    message = an_email()
    clicks = [
        an_event(f"c{n}", kind=EventKind.CLICK, seconds=300 + n, link=f"https://example.com/{n}", user_agent=CHROME) for n in range(2)
    ]

    record_events(clicks[:1])
    assert read_again(message).shown_status == "clicked"
    record_events(clicks[1:])

    message = read_again(message)
    assert (message.clicked_at, message.machine_clicked_at) == (None, START + timedelta(seconds=300))


def test_a_stop_reported_by_twilio_skips_the_message_and_lists_the_number():
    message = a_text()
    event = DeliveryEvent(
        Channel.SMS, EventKind.STATUS, "SM1:failed:21610", "SM1", START, DeliveryStatus.SKIPPED, code="21610", suppress=Suppress.STOP
    )

    record_events([event])

    message = read_again(message)
    assert (message.status, message.skip_reason, message.error_code) == ("skipped", "stopped", "21610")
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.channel, entry.address, entry.reason, entry.scope) == ("sms", "+12015550123", "stop", "all")


@pytest.mark.parametrize(("minutes", "stands"), [(-1, True), (1, False)])
def test_a_stop_that_is_heard_of_after_their_start_is_none(minutes, stands):
    organisation = db.session.get_one(Organisation, a_text().organisation_id)
    a_received_text(organisation, from_number="+12015550123", keyword="start", received_at=START + timedelta(minutes=minutes))
    db.session.flush()

    record_events(
        [DeliveryEvent(Channel.SMS, EventKind.STATUS, "SM1:failed:21610", "SM1", START, DeliveryStatus.SKIPPED, suppress=Suppress.STOP)]
    )

    assert bool(db.session.scalars(select(UnsubscribeEntry)).all()) is stands


def test_an_unsubscribe_at_the_provider_is_about_marketing():
    message = an_email()

    record_events([an_event("u", kind=EventKind.UNSUBSCRIBE, suppress=Suppress.UNSUBSCRIBE)])

    message = read_again(message)
    assert (message.opted_out_by, message.shown_status) == ("provider", "unsubscribed")
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.reason, entry.scope) == (SuppressionReason.UNSUBSCRIBE, SuppressionScope.MARKETING)


def test_the_first_acceptance_and_delivery_reach_the_sendout():
    message = an_email(accepted_at=None, status="in_doubt")

    record_events([SENT, DELIVERED])

    sendout = db.session.get_one(Sendout, message.sendout_id, populate_existing=True)
    assert (sendout.first_accepted_at, sendout.first_delivered_at) == (SENT.occurred_at, DELIVERED.occurred_at)
    assert sendout.last_progress_at is not None


def bounced_softly(person, days, organisation):
    message = a_message(a_sendout(organisation), person, status="sent", provider_ref=f"r{days}")
    record_events(
        [an_event(f"soft{days}", DeliveryStatus.SOFT_BOUNCED, seconds=days * 86400, provider_ref=f"r{days}", suppress=Suppress.SOFT_BOUNCE)]
    )
    return message


@pytest.mark.parametrize(("days", "is_listed"), [((0, 7, 14), True), ((0, 7, 13), False), ((0, 20), False)])
def test_temporary_bounces_of_three_sendouts_over_a_fortnight_list_the_address(days, is_listed):
    organisation = an_organisation()
    person = a_participant(organisation)

    for day in days:
        bounced_softly(person, day, organisation)

    assert db.session.scalars(select(UnsubscribeEntry.reason)).all() == (["soft_bounces"] if is_listed else [])


def test_a_delivery_in_between_starts_the_count_anew_even_when_heard_of_late():
    organisation = an_organisation()
    person = a_participant(organisation)
    between = a_message(a_sendout(organisation), person, status="sent", provider_ref="ok")
    bounced_softly(person, 0, organisation)

    record_events([an_event("ok", DeliveryStatus.DELIVERED, seconds=10 * 86400, provider_ref="ok")])
    bounced_softly(person, 7, organisation)  # before the delivery, arriving after it
    bounced_softly(person, 14, organisation)
    bounced_softly(person, 28, organisation)

    assert read_again(between).status == "delivered"
    assert db.session.scalar(select(func.count()).select_from(SoftBounce)) == 2
    assert db.session.scalars(select(UnsubscribeEntry)).all() == []
