"""Brief 002 (HelpDesk, delivery badges): on its way, delivered, read, or a delivery issue by cause, on every sent message."""

import html
import re

import pytest

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from tests import factories
from tests.browser import Browser

NUMBER = "+12025550100"

# (channel, row, badge, words of the cause)
CASES = [
    (Channel.EMAIL, {"status": "sent"}, "On its way", "No delivery is confirmed yet"),
    (Channel.SMS, {"status": "delayed"}, "On its way", "still being tried"),
    (Channel.EMAIL, {"status": "delivered"}, "Delivered", "mail server or phone company took it"),
    (Channel.SMS, {"status": "delivered"}, "Delivered", "may lie in the spam folder"),
    (Channel.EMAIL, {"status": "delivered", "opened_at": now()}, "Read", "A person opened it"),
    (Channel.EMAIL, {"status": "delivered", "clicked_at": now()}, "Read", "followed a link"),
    (Channel.SMS, {"status": "delivered", "wrote_back_at": now()}, "Read", "answered"),
    (Channel.EMAIL, {"status": "bounced"}, "Delivery issue: hard bounce", "does not exist"),
    (Channel.EMAIL, {"status": "bad_email"}, "Delivery issue: hard bounce", "Ask them for the right one"),
    (Channel.SMS, {"status": "bad_number"}, "Delivery issue: hard bounce", "does not exist"),
    (Channel.SMS, {"status": "failed"}, "Delivery issue: hard bounce", "phone company could not deliver it"),
    (Channel.EMAIL, {"status": "soft_bounced"}, "Delivery issue: temporary", "mailbox was full"),
    (Channel.EMAIL, {"status": "not_sent"}, "Delivery issue: rejected", "refused before it left"),
    (Channel.EMAIL, {"status": "complaint"}, "Delivery issue: spam", "they marked it as spam"),
    (Channel.SMS, {"status": "failed", "error_code": "30007"}, "Delivery issue: spam", "A filter took it for spam"),
    (Channel.EMAIL, {"status": "soft_bounced", "error_code": "ContentRejected"}, "Delivery issue: spam", "Change the words"),
]


@pytest.fixture
def club():
    return factories.an_organisation()


@pytest.fixture
def person(club):
    return factories.a_participant(club, phone_number=NUMBER)


@pytest.fixture
def viewer(app, club):
    user = factories.a_member(club, Role.VIEWER)
    db.session.commit()
    return Browser(app, user)


def a_sent(club, person, channel, **values):
    sendout = factories.a_sendout(
        club, state="running", launched_at=now(), frozen_at=now(), audience_count=1, channel_plan="both", sms_body="Off today"
    )
    message = factories.a_message(sendout, person, channel, **({"accepted_at": now()} | values))
    db.session.commit()
    return message


def badges(answer):
    """The badges of a page, each with what tapping it says."""
    buttons = re.findall(r'<button[^>]*corner-badge[^>]*data-explain="([^"]*)"[^>]*>(.*?)</button>', answer.text, re.DOTALL)
    return [(re.sub(r"<[^>]+>", "", word).strip(), html.unescape(said)) for said, word in buttons]


def places(club, message):
    """Where a sent message is shown: its conversation, the send-out's list, the person's timeline."""
    text = factories.a_received_text(club, from_number=NUMBER, participant_id=message.participant_id)
    db.session.commit()
    recipients = f"/sendouts/{message.sendout_id}/recipients?channel={message.channel}"
    return [f"/replies/{text.id}", recipients, f"/participants/{message.participant_id}"]


@pytest.mark.parametrize("case", CASES)
def test_every_place_shows_the_badge_with_its_cause(club, person, viewer, case):
    channel, values, badge, cause = case
    message = a_sent(club, person, channel, **values)

    for place in places(club, message):
        found = badges(viewer.get(place))
        assert {word for word, _ in found} == {badge}, place
        assert all(cause in said for _, said in found), place


@pytest.mark.parametrize("reason", ["bounced", "complained", "bad_address"])
def test_what_failed_before_is_rejected(club, person, viewer, reason):
    message = a_sent(club, person, Channel.EMAIL, status="skipped", skip_reason=reason, accepted_at=None)

    ((badge, said),) = badges(viewer.get(f"/sendouts/{message.sendout_id}/recipients?channel=email"))

    assert badge == "Delivery issue: rejected"
    assert "Nothing was sent" in said


def test_what_was_never_sent_to_anybody_has_no_badge(club, person, viewer):
    message = a_sent(club, person, Channel.EMAIL, status="skipped", skip_reason="duplicate", accepted_at=None)

    assert badges(viewer.get(f"/sendouts/{message.sendout_id}/recipients?channel=email")) == []


def test_in_the_conversation_it_stands_at_the_bubbles_corner(club, person, viewer):
    conversation = places(club, a_sent(club, person, Channel.SMS, status="failed"))[0]

    page = viewer.get(conversation).text

    assert re.search(r'<span class="bubble-status"><button[^>]*corner-badge', page)
    assert "Try again later, or call." in page  # an issue says its next step without a tap


# That a delivered message "may be processed further" is in the words of Delivered (it may lie in the spam folder). The invisible
# 1x1 picture behind Read is proved in test_brief_001_tracking.py. "Blocked by the user" reaches us as a complaint or not at all.
