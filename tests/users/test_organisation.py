"""The organisation's settings and senders, as an owner changes them."""

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.senders import Tracking
from app.extensions import db
from app.models import AuditEntry, Sender
from app.users.organisation.forms import countries, languages, time_zones
from tests import factories
from tests.browser import Browser

SETTINGS = {
    "name": "Riverside FC",
    "short_name": "RFC",
    "postal_address": "1 River Lane\nRiverside",
    "country": "DE",
    "time_zone": "Europe/Berlin",
    "language": "de",
    "is_tracking": "yes",
}


@pytest.fixture
def club():
    return factories.an_organisation()


@pytest.fixture
def owner(app, club):
    alice = factories.a_member(club)
    db.session.commit()
    return Browser(app, alice)


def test_settings_are_saved_and_what_changed_is_written_down(owner, club):
    answer = owner.post("/settings/organisation", SETTINGS)

    db.session.refresh(club)
    assert answer.status_code == 303
    assert (club.name, club.country, club.time_zone) == ("Riverside FC", "DE", "Europe/Berlin")
    assert club.postal_address == "1 River Lane\nRiverside"
    detail = db.session.scalars(select(AuditEntry.detail)).one()
    assert detail["name"] == ["Riverside Football Club", "Riverside FC"]
    assert "is_tracking" not in detail


def test_saving_what_stands_already_writes_nothing_down(owner):
    owner.post("/settings/organisation", SETTINGS)
    owner.post("/settings/organisation", SETTINGS)

    assert len(db.session.scalars(select(AuditEntry)).all()) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("short_name", "far too long for a text"), ("country", "XX"), ("time_zone", "Mars/Olympus"), ("language", "tlh")],
)
def test_a_setting_that_makes_no_sense_is_refused_beside_its_field(owner, club, field, value):
    answer = owner.post("/settings/organisation", SETTINGS | {field: value})

    db.session.refresh(club)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert club.name == "Riverside Football Club"


def test_tracking_off_everywhere_names_the_senders_that_it_changes(owner, club):
    stubborn = factories.a_sender(club, address="news@club.example", tracking=Tracking.ON)
    factories.a_sender(club, tracking=Tracking.AS_ORGANISATION)
    db.session.commit()

    owner.post("/settings/tracking/off")

    db.session.refresh(club)
    db.session.refresh(stubborn)
    assert (club.is_tracking, stubborn.tracking) == (False, Tracking.OFF)
    assert "Changed with it: news@club.example." in owner.get("/settings/organisation").text


@pytest.mark.parametrize(
    ("kind", "typed", "kept", "channel"),
    [
        ("email_address", "News@Club.Example", "news@club.example", Channel.EMAIL),
        ("number", "07400 123456", "+447400123456", Channel.SMS),
        ("number", "12345", "12345", Channel.SMS),
        ("messaging_service", "MG" + "0a" * 16, "MG" + "0a" * 16, Channel.SMS),
        ("alphanumeric", "Riverside", "Riverside", Channel.SMS),
    ],
)
def test_a_sender_of_every_kind_can_be_added(owner, kind, typed, kept, channel):
    answer = owner.post("/settings/senders", {"kind": kind, "address": typed, "display_name": "Riverside"})

    added = db.session.scalars(select(Sender)).one()
    assert answer.status_code == 303
    assert (added.kind, added.address, added.channel, added.display_name) == (kind, kept, channel, "Riverside")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("email_address", "news"),
        ("number", "12"),
        ("messaging_service", "MG123"),
        ("alphanumeric", "12345678"),
        ("alphanumeric", "far too long a name"),
        ("carrier pigeon", "x"),
    ],
)
def test_a_sender_that_cannot_be_is_refused(owner, kind, typed):
    assert owner.post("/settings/senders", {"kind": kind, "address": typed}).status_code == 422
    assert db.session.scalar(select(Sender)) is None


def test_a_sender_belongs_to_one_organisation(owner):
    factories.a_sender(factories.an_organisation(name="School"), address="news@club.example")
    db.session.commit()

    answer = owner.post("/settings/senders", {"kind": "email_address", "address": "news@club.example"})

    assert answer.status_code == 409


def test_a_sender_is_changed(owner, club):
    number = factories.a_sender(club, Channel.SMS)
    db.session.commit()

    owner.post(f"/settings/senders/{number.id}", {"display_name": "Main", "tracking": "off", "segments_per_second": "2,5"})

    db.session.refresh(number)
    assert (number.display_name, number.tracking, number.segments_per_second) == ("Main", "off", 2.5)


def test_a_rate_that_is_none_is_refused(owner, club):
    number = factories.a_sender(club, Channel.SMS)
    db.session.commit()

    assert owner.post(f"/settings/senders/{number.id}", {"tracking": "off", "segments_per_second": "fast"}).status_code == 422


def test_a_sender_is_taken_out_of_use_and_back(owner, club):
    sender = factories.a_sender(club, address="news@club.example")
    db.session.commit()

    owner.post(f"/settings/senders/{sender.id}/archive")

    db.session.refresh(sender)
    assert sender.is_archived
    assert f'action="/settings/senders/{sender.id}/restore"' in owner.get("/settings/senders").text
    owner.post(f"/settings/senders/{sender.id}/restore")
    db.session.refresh(sender)
    assert not sender.is_archived


def test_adding_an_archived_sender_again_brings_it_back(owner, club):
    sender = factories.a_sender(club, address="news@club.example", is_archived=True)
    db.session.commit()

    owner.post("/settings/senders", {"kind": "email_address", "address": "news@club.example", "display_name": "Club"})

    db.session.refresh(sender)
    assert (sender.is_archived, sender.display_name) == (False, "Club")


def test_the_start_leads_to_a_page_and_settings_to_the_first_tab(owner):
    assert owner.get("/").status_code == 303
    assert owner.get("/settings").location == "/settings/organisation"


def test_the_choices_are_real():
    assert ("GB", "United Kingdom") in countries()
    assert ("de", "German") in languages()
    assert "Europe/London" in time_zones()
