"""Brief 001 (Helpmonks, open tracking): each promise as it holds here, through the rendered call, the pixel and the pages."""

import re
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind
from app.domain.roles import Role
from app.domain.senders import Tracking
from app.extensions import db
from app.lib.clock import now
from app.messages.events import record_events
from app.messages.urls import own_urls
from app.models import Message, Organisation, Sender
from tests import factories
from tests.browser import Browser
from tests.fakes import FakeProviders
from tests.scenes import a_frozen_scene, claimed
from workers.carrying import EmailSlot

HTML = '<p>Hello {{ first_name }}</p><p><a href="https://club.example/camp">The camp</a></p>'
READER = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"}
PIXEL = re.compile(r'<img src="\{\{open\}\}" width="1" height="1"[^>]*>')
_numbers = count(1)


@pytest.fixture
def mail(app):
    """The mail carrier that only writes down what it is handed."""
    fakes, real = FakeProviders(), app.extensions["providers"]
    app.extensions["providers"] = fakes
    yield fakes.mail
    app.extensions["providers"] = real


def rendered(mail, *, organisation=True, sender=Tracking.AS_ORGANISATION, sendout=True):
    """The call that a worker makes for one person, under these three settings."""
    scene = a_frozen_scene(1, html=HTML, is_tracking=sendout)
    scene.organisation.is_tracking = organisation
    db.session.get_one(Sender, scene.sendout.email_sender_id).tracking = sender
    db.session.commit()
    EmailSlot().hand_over(claimed(scene))
    return mail.calls[-1]


def heard(message, kind, **values):
    event = {
        "channel": Channel.EMAIL,
        "event_key": f"flow{next(_numbers)}",
        "provider_ref": "",
        "occurred_at": now(),
        "message_id": message.id,
    }
    record_events([DeliveryEvent(kind=kind, **(event | values))])
    db.session.commit()


STARTED: dict[str, Any] = {"status": "sent", "accepted_at": now()}


def a_delivered(club, **values: Any):
    sendout = factories.a_sendout(club, title="Spring camp", state="running", launched_at=now(), frozen_at=now(), audience_count=1)
    person = factories.a_participant(club, first_name="Ava", phone_number="+12025550100")
    message = factories.a_message(sendout, person, **(STARTED | values))
    db.session.commit()
    return message


def reread(message):
    db.session.expire_all()
    return db.session.get_one(Message, message.id)


def words_of(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def test_a_tiny_invisible_picture_stands_at_the_bottom_of_the_html_part(mail):
    call = rendered(mail)

    assert len(PIXEL.findall(call.html)) == 1
    assert re.sub(r"\s|</\w+>", "", PIXEL.split(call.html)[1]) == ""
    assert "{{open}}" not in call.text  # only who reads the HTML part can be seen
    assert call.messages[0].slots["open"].startswith("https://app.example.com/o/")


@pytest.mark.parametrize(
    ("organisation", "sender", "sendout", "is_tracked"),
    [
        (True, Tracking.AS_ORGANISATION, True, True),
        (False, Tracking.AS_ORGANISATION, True, False),
        (True, Tracking.OFF, True, False),
        (False, Tracking.ON, True, True),  # the sender's own setting always wins
        (True, Tracking.ON, False, False),  # a send-out can only switch off
        (False, Tracking.OFF, False, False),
    ],
)
def test_the_organisation_decides_and_each_sender_may_decide_otherwise(mail, organisation, sender, sendout, is_tracked):
    call = rendered(mail, organisation=organisation, sender=sender, sendout=sendout)

    assert bool(PIXEL.search(call.html)) is is_tracked
    assert ("{{click}}" in call.html) is is_tracked


@pytest.mark.parametrize("off", ["organisation", "sender", "sendout"])
def test_off_means_no_picture_and_no_rewritten_link_at_all(mail, off):
    call = rendered(mail, **{off: Tracking.OFF if off == "sender" else False})

    whole = call.html + call.text + "".join(value for message in call.messages for value in message.slots.values())
    assert re.findall(r"/o/|/c/|\{\{open\}\}|\{\{click\}\}|<img", whole) == []
    assert 'href="https://club.example/camp"' in call.html
    assert call.provider_tracking is False


def test_tracking_is_switched_for_all_and_for_one_in_the_settings(app):
    club = factories.an_organisation(is_tracking=False)
    sender = factories.a_sender(club)
    owner = factories.a_member(club, Role.OWNER)
    db.session.commit()
    browser = Browser(app, owner)
    typed = {"name": club.name, "short_name": "Club", "country": "GB", "time_zone": "Europe/London", "language": "en"}

    browser.post("/settings/organisation", typed | {"is_tracking": "yes"})
    browser.post(f"/settings/senders/{sender.id}", {"display_name": "", "tracking": "off", "segments_per_second": "1"})

    db.session.expire_all()
    assert db.session.get_one(Organisation, club.id).is_tracking is True
    assert db.session.get_one(Sender, sender.id).tracking == Tracking.OFF


def test_off_everywhere_switches_everything_off_and_names_whom_it_changed(app):
    club = factories.an_organisation()
    senders = [factories.a_sender(club, tracking=each) for each in Tracking]
    stubborn = next(each.address for each in senders if each.tracking == Tracking.ON)
    owner = factories.a_member(club, Role.OWNER)
    db.session.commit()
    browser = Browser(app, owner)

    browser.post("/settings/tracking/off")

    page = words_of(browser.get("/settings/organisation"))
    db.session.expire_all()
    assert f"Changed with it: {stubborn}." in page
    assert db.session.get_one(Organisation, club.id).is_tracking is False
    assert Tracking.ON not in db.session.scalars(select(Sender.tracking)).all()


def test_an_eye_with_time_and_count_shows_in_lists_and_conversation(app, client):
    club = factories.an_organisation()
    message = a_delivered(club)
    text = factories.a_received_text(club, from_number="+12025550100", participant_id=message.participant_id)
    viewer = factories.a_member(club, Role.VIEWER)
    db.session.commit()
    browser = Browser(app, viewer)
    pages = [
        f"/sendouts/{message.sendout_id}/recipients?channel=email",
        f"/sendouts/{message.sendout_id}",
        f"/participants/{message.participant_id}",
        f"/replies/{text.id}",
    ]
    assert [page for page in pages if "Seen" in words_of(browser.get(page))] == []

    for _ in range(3):
        client.get(own_urls().open_pixel(message.id), headers=READER)
        apply_due_receipts()
        db.session.commit()

    for page in pages:
        assert re.search(r"Seen just now · 3 times", words_of(browser.get(page))), page


def test_what_only_a_machine_fetched_is_no_view(app, client):
    club = factories.an_organisation()
    message = a_delivered(club)
    viewer = factories.a_member(club, Role.VIEWER)
    db.session.commit()

    client.get(own_urls().open_pixel(message.id), headers={"User-Agent": "Mozilla/5.0"})
    apply_due_receipts()
    db.session.commit()

    page = words_of(Browser(app, viewer).get(f"/sendouts/{message.sendout_id}/recipients?channel=email"))
    assert reread(message).opened_at is None
    assert "Seen" not in page
    assert "fetched by a machine" in page


@pytest.mark.usefixtures("client")
def test_an_automatic_reply_is_no_view():
    # Amazon reports an out-of-office answer as a transient bounce without a diagnosis (providers.md 5).
    message = a_delivered(factories.an_organisation(), status="delivered", delivered_at=now())

    heard(message, EventKind.STATUS, status=DeliveryStatus.SOFT_BOUNCED, code="General", words="Probably an automatic answer")

    message = reread(message)
    assert (message.shown_status, message.opened_at) == ("delivered", None)


def test_looking_from_the_dashboard_is_no_view(app):
    club = factories.an_organisation()
    message = a_delivered(club)
    viewer = factories.a_member(club, Role.ORGANISER)
    db.session.commit()
    browser = Browser(app, viewer)

    for page in (f"/sendouts/{message.sendout_id}", f"/sendouts/{message.sendout_id}/preview", f"/participants/{message.participant_id}"):
        assert "/o/" not in browser.get(page).text
    apply_due_receipts()

    assert reread(message).opened_at is None


# Who shows no pictures cannot be seen, as the brief says: nothing then claims that they did not read ("did not open" is two
# numbers, tests/sendouts/test_resending.py). Where the menu entry for the setting stands in Helpmonks 2 and 3 has no meaning here.
