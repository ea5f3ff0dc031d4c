"""Brief 003 (Activity Messenger), without replies: statuses, details, unsubscribes, costs and the help for e-mails not received."""

import re
from datetime import timedelta
from decimal import Decimal
from itertools import count

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.costs import ChargeKind
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.clock import now
from app.messages.events import record_events
from app.messages.spending import Dimension, Period, charges
from app.models import Message, PriceList, UnsubscribeEntry
from tests import factories
from tests.browser import Browser
from tests.scenes import freeze

_numbers = count(1)


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def bob(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Bob")
    db.session.commit()
    return Browser(app, user)


def a_running(club, people=3, **values):
    """A send-out over both channels, as it is after the freeze."""
    crowd = [factories.a_participant(club) for _ in range(people)]
    senders = {"email_sender_id": factories.a_sender(club).id, "sms_sender_id": factories.a_sender(club, Channel.SMS).id}
    defaults = {"state": SendoutState.LAUNCHING, "launched_at": now(), "channel_plan": "both", "title": "Spring camp"}
    sendout = factories.a_sendout(club, factories.a_list(club, *crowd), **(senders | defaults | values))
    db.session.commit()
    freeze(sendout)
    return sendout


def rows_of(sendout, channel=Channel.EMAIL):
    db.session.expire_all()
    asked = select(Message).where(Message.sendout_id == sendout.id, Message.channel == channel)
    return list(db.session.scalars(asked.order_by(Message.id)))


def heard(message, status=None, kind=EventKind.STATUS, **values):
    event = {"event_key": f"flow{next(_numbers)}", "provider_ref": f"ref-{message.id}", "occurred_at": now(), "message_id": message.id}
    record_events([DeliveryEvent(channel=Channel(message.channel), kind=kind, status=status, **(event | values))])
    db.session.commit()


def words_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def standing(club):
    asked = select(UnsubscribeEntry.address, UnsubscribeEntry.reason, UnsubscribeEntry.scope)
    return [tuple(row) for row in db.session.execute(asked.where(UnsubscribeEntry.organisation_id == club.id))]


def test_a_sendout_goes_from_sending_over_sent_to_delivered_with_the_first_of_each(club, bob):
    sendout = a_running(club)
    seen = [words_of(bob.get("/sendouts"))]

    for status in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED):
        heard(rows_of(sendout)[0], status)
        seen.append(words_of(bob.get("/sendouts")))

    assert [word for word, page in zip(("Sending", "Sent ·", "Delivered ·"), seen, strict=True) if word not in page] == []


def test_scheduled_ones_stand_on_the_same_page(club, bob):
    factories.a_sendout(club, title="Summer camp", state="scheduled", scheduled_at=now() + timedelta(days=2))
    db.session.commit()

    page = words_of(bob.get("/sendouts"))

    assert "Summer camp" in page
    assert "Scheduled" in page


def test_the_details_have_two_tabs_a_refresh_button_and_rates_under_the_doughnut(club, bob):
    sendout = a_running(club)
    for message in rows_of(sendout):
        heard(message, DeliveryStatus.DELIVERED, occurred_at=now() - timedelta(hours=1))
    heard(rows_of(sendout)[0], kind=EventKind.OPEN, user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/133", is_machine=False)

    page = bob.get(f"/sendouts/{sendout.id}")
    words = words_of(page)

    assert re.search(r"Email 3 .*SMS 3", words)
    assert "Refresh" in words
    assert 'class="doughnut"' in page.text
    assert words.index("Opened by a person") > words.index("Share")
    assert "33" in words[words.index("Opened by a person") :][:60]


def test_it_can_be_resent_to_somebody_else_and_to_those_who_did_not_open(club, bob):
    sendout = a_running(club)
    for message in rows_of(sendout):
        heard(message, DeliveryStatus.DELIVERED)

    page = words_of(bob.get(f"/sendouts/{sendout.id}/resend"))

    assert "To those who did not open it" in page
    assert "3 without any sign" in page
    assert "somebody else" in page.lower() or "someone else" in page.lower()


# (channel, event, shown word, entry on the Unsubscribes list)
STATUSES = [
    (Channel.EMAIL, (DeliveryStatus.SENT, Suppress.NOTHING), "Sent", None),
    (Channel.SMS, (DeliveryStatus.DELIVERED, Suppress.NOTHING), "Delivered", None),
    (Channel.EMAIL, (DeliveryStatus.BOUNCED, Suppress.BOUNCE), "Bounced", "bounce"),
    (Channel.EMAIL, (DeliveryStatus.COMPLAINT, Suppress.COMPLAINT), "Complaint", "complaint"),
    (Channel.SMS, (DeliveryStatus.BAD_NUMBER, Suppress.BAD_NUMBER), "Bad number", "bad_number"),
    (Channel.EMAIL, (DeliveryStatus.BAD_EMAIL, Suppress.BAD_EMAIL), "Bad email", "bad_email"),
]


@pytest.mark.parametrize("case", STATUSES)
def test_each_message_has_its_own_status_and_bad_ones_go_on_the_list_by_themselves(club, bob, case):
    channel, (status, suppress), word, reason = case
    sendout = a_running(club, people=1)
    (message,) = rows_of(sendout, channel)

    heard(message, status, suppress=suppress)

    page = words_of(bob.get(f"/sendouts/{sendout.id}/recipients?channel={channel}&status={status}"))
    assert word in page
    assert standing(club) == ([] if reason is None else [(message.address.lower(), reason, "all")])


@pytest.mark.parametrize(("kind", "word"), [(EventKind.OPEN, "Opened"), (EventKind.CLICK, "Clicked")])
def test_opening_and_clicking_show_for_an_email(club, bob, kind, word):
    sendout = a_running(club, people=1)
    (message,) = rows_of(sendout)
    heard(message, DeliveryStatus.DELIVERED, occurred_at=now() - timedelta(hours=1))

    heard(message, kind=kind, user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/133", is_machine=False, link="https://club.example/")

    assert f"{word} " in words_of(bob.get(f"/sendouts/{sendout.id}/recipients?channel=email&status={word.lower()}"))


def test_whoever_is_put_on_the_list_by_hand_is_skipped_from_then_on_and_costs_nothing(club, bob):
    person = factories.a_participant(club, phone_number="+12025550100")
    db.session.commit()
    bob.post("/unsubscribes", {"address": "+12025550100", "scope": "all", "words": "Texted “leave me alone”"})
    senders = {"sms_sender_id": factories.a_sender(club, Channel.SMS).id}
    values = {"state": SendoutState.LAUNCHING, "launched_at": now(), "channel_plan": "sms"}
    sendout = factories.a_sendout(club, factories.a_list(club, person), **(senders | values))
    db.session.commit()

    freeze(sendout)

    page = words_of(bob.get(f"/sendouts/{sendout.id}/recipients?channel=sms&status=skipped"))
    charged = charges(Period(club.id, now() - timedelta(days=1), now() + timedelta(days=1), "UTC"), Dimension.CHANNEL)
    assert "Unsubscribed" in page
    assert [(each.kind, each.messages, each.parts) for each in charged] == [(ChargeKind.SKIPPED, 1, 0)]


def test_received_and_forwarded_texts_are_charged_at_the_regular_rate(club, bob):
    factories.saved(PriceList(organisation_id=club.id, text_price=Decimal("0.01"), received_price=Decimal("0.01"), currency="EUR"))
    factories.a_received_text(club, segments=2)
    db.session.commit()

    page = words_of(bob.get("/reports/costs"))

    assert "Received" in page
    assert "Forwarded" in page
    assert "0.02 EUR" in page


def test_a_large_sendout_recommends_to_look_at_the_list(club, bob):
    sendout = a_running(club, people=101, channel_plan="email")

    for message in rows_of(sendout)[:2]:
        heard(message, DeliveryStatus.BOUNCED, suppress=Suppress.BOUNCE)

    for page in (f"/sendouts/{sendout.id}", "/home"):
        assert "2 addresses and numbers on the Unsubscribes list" in words_of(bob.get(page))
    assert len(re.findall(r'class="entry-address"', bob.get(f"/unsubscribes?sendout={sendout.id}").text)) == 2


def test_the_help_for_an_email_not_received_walks_its_four_checks(club, bob):
    sendout = a_running(club, people=1)
    (message,) = rows_of(sendout)
    heard(message, DeliveryStatus.DELIVERED)

    page = words_of(bob.get(f"/participants/{message.participant_id}/got-nothing"))

    asked = ("Was it skipped", "the right kind", "in their spam folder", "provider hold it back", "Words to send them")
    assert [page.index(words) for words in asked] == sorted(page.index(words) for words in asked)
    assert "non-marketing" not in page  # said in the organiser's words: something they need to know


def test_a_mistaken_entry_is_removed_with_a_reason(club, bob):
    entry = factories.an_entry(club, reason="manual", source="user")
    db.session.commit()

    bob.post(f"/unsubscribes/{entry.id}/remove", {"reason": "She asked for it"})

    db.session.expire_all()
    lifted = db.session.get_one(UnsubscribeEntry, entry.id)
    assert (lifted.lifted_at is not None, lifted.lift_reason) == (True, "She asked for it")


# Replies in green, STOP in orange, Received, Forwarded, Replied and the automatic answers: tests/inbound (test_reply_matrix.py
# among them). "Some providers do not acknowledge delivery" stands in the words of Sent. That no browser has to stay open while
# thousands are sent is proved by the stories in tests/flows, whose workers are processes of their own.
