"""Two entries of one person: found, made one with all that hangs on them, and taken apart again."""

from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.messages.counts import recount
from app.models import (
    AudienceChunk,
    CallbackReceipt,
    CustomField,
    InboundText,
    ListMembership,
    Message,
    Participant,
    SendoutPerson,
    TextConsent,
    UnsubscribeEntry,
)
from app.participants.timeline import timeline_of
from app.reports.merging.duplicates import people_like, possible_duplicates
from app.reports.merging.service import merge, merges_of, undo_merge
from app.reports.merging.values import compared
from app.reports.privacy.callbacks import empty_callbacks
from app.reports.privacy.erasing import Erasure, erase
from app.sendouts.counting import counted
from app.sendouts.judgement import judgement_of
from app.unsubscribes.queries import standing_entries
from app.unsubscribes.service import lift
from tests import factories
from tests.browser import Browser
from tests.participants.imports import everybody, imported, outcomes

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def bob(club):
    return factories.a_member(club, Role.ORGANISER, name="Bob")


@pytest.fixture
def two(club):
    """Anna twice: with a new address and a member number, and with an old address, a number and a past."""
    first = factories.a_participant(
        club, first_name="Anna", last_name="Meyer", email_address="anna@example.net", phone_number=None, member_number="7", about=["Mia"]
    )
    second = factories.a_participant(
        club, first_name="A.", last_name="Meyer", email_address="old@example.net", phone_number="+12015550101", about=["Mia", "Tom"]
    )
    return first, second


def rows(kind, person):
    return db.session.scalar(select(func.count()).select_from(kind).where(kind.participant_id == person.id))


def test_the_one_person_has_what_was_chosen_and_whatever_only_one_had(two, bob):
    anna, other = two

    merge(anna, other, {"first_name": "other"}, bob.id)

    assert (anna.first_name, anna.email_address, anna.phone_number) == ("A.", "anna@example.net", "+12015550101")
    assert (anna.member_number, anna.about) == ("7", ["Mia", "Tom"])
    assert (other.merged_into, other.email_address) == (anna.id, None)


def test_messages_texts_lists_and_consents_of_both_are_together_and_no_count_changes(club, two, bob):
    anna, other = two
    own, both = factories.a_sendout(club, state="running"), factories.a_sendout(club, state="running")
    for sendout, person in ((own, other), (both, anna), (both, other)):
        factories.a_message(sendout, person, status="delivered", accepted_at=now())
    factories.a_received_text(club, from_number="+12015550101", participant_id=other.id)
    listed = factories.a_list(club, anna, other)
    factories.a_list(club, other)
    factories.saved(TextConsent(organisation_id=club.id, participant_id=other.id, given_at=now(), proof="A form"))
    factories.saved(SendoutPerson(organisation_id=club.id, sendout_id=own.id, participant_id=other.id))

    merge(anna, other, {}, bob.id)

    assert (rows(Message, anna), rows(Message, other)) == (2, 1)
    assert [rows(kind, anna) for kind in (InboundText, ListMembership, TextConsent, SendoutPerson)] == [1, 2, 1, 1]
    assert rows(ListMembership, other) == 0
    assert len(timeline_of(anna, 10).moments) == 4
    assert recount() == []
    assert counted(judgement_of(factories.a_sendout(club, listed))).people == 1


def test_who_said_no_with_the_address_that_goes_is_not_written_to_at_the_one_that_stays(club, two, bob):
    anna, other = two
    factories.an_entry(club, address="old@example.net", reason="unsubscribe", scope="marketing", source="link")
    factories.an_entry(club, address="old@example.net", reason="bounce")

    merge(anna, other, {}, bob.id)

    standing = select(UnsubscribeEntry.reason, UnsubscribeEntry.scope).where(UnsubscribeEntry.address == "anna@example.net")
    assert db.session.execute(standing).all() == [("manual", "marketing")]


def test_a_consent_that_one_entry_withdrew_stands_no_more(club, two, bob):
    anna, other = two
    factories.saved(TextConsent(organisation_id=club.id, participant_id=anna.id, given_at=now(), proof="A form"))
    factories.saved(TextConsent(organisation_id=club.id, participant_id=other.id, given_at=now(), proof="A form", withdrawn_at=now()))

    merge(anna, other, {}, bob.id)

    assert db.session.scalars(select(TextConsent.withdrawn_at).where(TextConsent.withdrawn_at.is_(None))).all() == []


def everything_about(*people) -> list[Any]:
    ids = [person.id for person in people]
    tables = ("participants", "messages", "inbound_texts", "list_memberships", "text_consents")
    return [
        db.session.execute(
            text(f"SELECT * FROM {table} WHERE {'id' if table == 'participants' else 'participant_id'} = ANY(:ids) ORDER BY 1, 2"),  # noqa: S608
            {"ids": ids},
        ).all()
        for table in tables
    ]


def test_undoing_puts_everything_back(club, two, bob):
    anna, other = two
    sendout = factories.a_sendout(club, state="running")
    factories.a_message(sendout, other, status="delivered", accepted_at=now())
    factories.a_received_text(club, participant_id=other.id)
    factories.a_list(club, anna, other)
    factories.a_list(club, other)
    factories.saved(TextConsent(organisation_id=club.id, participant_id=anna.id, given_at=now(), proof="A form"))
    factories.saved(TextConsent(organisation_id=club.id, participant_id=other.id, given_at=now(), proof="A form", withdrawn_at=now()))
    factories.an_entry(club, address="old@example.net", reason="unsubscribe", scope="marketing", source="link")
    db.session.commit()
    before = everything_about(anna, other)

    log_id = merge(anna, other, {"first_name": "other", "email_address": "other"}, bob.id)
    db.session.commit()
    undo_merge(club.id, log_id, bob.id)
    db.session.commit()

    after = everything_about(anna, other)
    assert [sorted(map(str, table)) for table in after] == [sorted(map(str, table)) for table in before]
    with pytest.raises(Conflict, match="undone already"):
        undo_merge(club.id, log_id, bob.id)


def test_undoing_puts_back_the_narrower_refusal_that_the_merge_replaced(club, two, bob):
    anna, other = two
    factories.an_entry(club, address="anna@example.net", reason="manual", scope="marketing", source="user")
    factories.an_entry(club, address="old@example.net", reason="complaint")
    standing = select(UnsubscribeEntry.reason, UnsubscribeEntry.scope).where(
        UnsubscribeEntry.address == "anna@example.net", UnsubscribeEntry.lifted_at.is_(None)
    )

    log_id = merge(anna, other, {}, bob.id)
    assert db.session.execute(standing).all() == [("manual", "all")]
    undo_merge(club.id, log_id, bob.id)

    assert db.session.execute(standing).all() == [("manual", "marketing")]


def test_undoing_puts_no_refusal_back_that_somebody_took_off_meanwhile(club, two, bob):
    anna, other = two
    factories.an_entry(club, address="anna@example.net", reason="manual", scope="marketing", source="user")
    factories.an_entry(club, address="old@example.net", reason="complaint")
    log_id = merge(anna, other, {}, bob.id)
    [carried] = standing_entries(club.id, Channel.EMAIL, "anna@example.net")
    lift(club.id, carried.id, reason="They called", user_id=bob.id)

    undo_merge(club.id, log_id, bob.id)

    assert standing_entries(club.id, Channel.EMAIL, "anna@example.net") == []


def test_undoing_leaves_what_was_changed_since(club, two, bob):
    anna, other = two
    log_id = merge(anna, other, {"first_name": "other"}, bob.id)
    anna.first_name = "Annabel"

    undo_merge(club.id, log_id, bob.id)

    assert (anna.first_name, other.first_name, other.email_address) == ("Annabel", "A.", "old@example.net")


def test_a_member_number_that_is_somebody_elses_by_now_is_named(club, two, bob):
    anna, other = two
    other.member_number = "8"
    log_id = merge(anna, other, {"member_number": "other"}, bob.id)
    factories.a_participant(club, first_name="Tom", last_name="Berg", member_number="7")

    with pytest.raises(Conflict, match="Member number 7 belongs to Tom Berg"):
        undo_merge(club.id, log_id, bob.id)

    assert (anna.member_number, other.merged_into) == ("8", anna.id)


def test_nobody_is_merged_or_taken_apart_while_an_import_runs(club, two, bob):
    log_id = merge(two[0], two[1], {}, bob.id)
    db.session.commit()
    factories.an_import(club, state="running")

    with pytest.raises(Conflict, match="import is running"):
        undo_merge(club.id, log_id, bob.id)
    with pytest.raises(Conflict, match="import is running"):
        merge(factories.a_participant(club), factories.a_participant(club), {}, bob.id)


def test_nobody_is_merged_with_themselves_twice_or_with_somebody_of_another_organisation(two, bob):
    anna, other = two
    log_id = merge(anna, other, {}, bob.id)

    for person, second in ((anna, other), (anna, anna)):
        with pytest.raises(Conflict):
            merge(person, second, {}, bob.id)
    with pytest.raises(NotFound):
        undo_merge(factories.an_organisation(name="Elsewhere").id, log_id, bob.id)


def test_nobody_is_merged_while_an_audience_is_being_written(club, two, bob):
    anna, other = two
    sendout = factories.a_sendout(club, state="running")
    factories.saved(AudienceChunk(organisation_id=club.id, sendout_id=sendout.id, number=0, participant_ids=[other.id], excluded_ids=[]))

    with pytest.raises(Conflict, match="just starting"):
        merge(anna, other, {}, bob.id)


def test_an_erasure_takes_the_merged_entry_along(club, two, bob):
    anna, other = two
    log_id = merge(anna, other, {}, bob.id)

    erase(anna, Erasure(bob.id, "ERASE"))
    db.session.commit()

    assert {person.last_name for person in everybody(club)} == {"Erased person"}
    assert outcomes(imported(club, "First name,E-mail\nAnna,old@example.net\n")) == ["failed"]
    with pytest.raises(NotFound):
        undo_merge(club.id, log_id, bob.id)


def test_an_erasure_takes_along_who_was_merged_into_a_merged_entry(club, two, bob):
    ben, anna = two
    last = factories.a_participant(club, last_name="Meier", email_address="last@example.net", phone_number=None)
    sendout = factories.a_sendout(club, state="running")
    for person in (anna, ben):
        factories.a_message(sendout, person, status="delivered", accepted_at=now(), provider_ref=f"mail-{person.id}")
    factories.saved(CallbackReceipt(kind="ses", receipt_key="r1", url="", body=f"mail-{ben.id}".encode(), applied_at=now()))
    merge(anna, ben, {}, bob.id)
    merge(last, anna, {}, bob.id)
    assert len(timeline_of(last, 10).moments) == 2

    erase(last, Erasure(bob.id, "ERASE"))
    empty_callbacks(100)
    db.session.commit()

    assert {person.last_name for person in everybody(club)} == {"Erased person"}
    assert set(db.session.scalars(select(Message.address))) == {None}
    assert db.session.scalars(select(CallbackReceipt.body)).all() == [b""]


def test_possible_duplicates_share_an_address_a_number_or_name_and_birthday(club):
    factories.saved(CustomField(organisation_id=club.id, key="born", name="Date of birth", kind="date"))
    for values in (
        {"first_name": "Ann", "last_name": "One", "email_address": "Ann@example.net"},
        {"first_name": "ann", "last_name": "one", "email_address": "ann@example.net"},
        {"first_name": "Ben", "last_name": "Two", "phone_number": "+12015550111"},
        {"first_name": "Cleo", "last_name": "Two", "phone_number": "+12015550111"},
        {"first_name": "Dan", "last_name": "Three", "custom": {"born": "2011-05-06"}},
        {"first_name": "Dan", "last_name": "Three", "custom": {"born": "2011-05-06"}},
        {"first_name": "Dan", "last_name": "Three", "custom": {"born": "2012-01-01"}},
    ):
        factories.a_participant(club, **({"email_address": None, "phone_number": None} | values))

    groups = possible_duplicates(club.id)

    assert [(group.why, [person.first_name for person in group.people], group.is_likely) for group in groups] == [
        ("same e-mail address", ["Ann", "ann"], True),
        ("same name and Date of birth", ["Dan", "Dan"], True),
        ("same mobile number, other names: perhaps a family", ["Ben", "Cleo"], False),
    ]
    assert len(people_like(groups[1].people[0])) == 2
    assert [person.first_name for person in people_like(groups[0].people[0], "cleo two")] == ["Cleo"]


def test_the_preview_asks_only_where_both_say_something_else(two):
    asked = [field.name for field in compared(two[0], two[1], {}) if field.is_asked]

    assert asked == ["first_name", "email_address"]


def test_an_organiser_compares_merges_and_undoes_on_pages(app, two, bob):
    anna, other = two
    db.session.commit()
    browser = Browser(app, bob)
    assert "Nobody is there twice" in browser.get("/participants/duplicates").text
    assert "old@example.net" in browser.get(f"/participants/{anna.id}/merge").text
    assert "Make them one person" in browser.get(f"/participants/{anna.id}/merge?other={other.id}").text

    answer = browser.post(f"/participants/{anna.id}/merge", {"other": other.id, "email_address": "other"})

    assert answer.status_code == 303
    assert browser.get(f"/participants/{other.id}").location == f"/participants/{anna.id}"
    assert "Merged before" in browser.get(f"/participants/{anna.id}/merge").text
    db.session.expire_all()
    assert db.session.get_one(Participant, anna.id).email_address == "old@example.net"
    log = merges_of(anna)[0]
    assert browser.post(f"/participants/merges/{log.id}/undo").status_code == 303
    assert browser.get(f"/participants/{other.id}").status_code == 200
