"""The pages of people and lists, as a browser sees them."""

from html import unescape

import pytest
from sqlalchemy import func, select

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.delivery import DeliveryStatus
from app.domain.roles import Role
from app.domain.sendout_state import SendoutState
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib import clock
from app.lib.tabular import read_table
from app.models import AuditEntry, CustomField, CustomFieldKind, ListMembership, Participant, ParticipantList, SendoutList, TextConsent
from tests.browser import Browser
from tests.factories import a_list, a_member, a_message, a_participant, a_received_text, a_sendout, an_entry, an_organisation, saved

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    return an_organisation(country="US")


@pytest.fixture
def alice(app, club) -> Browser:
    return browser_of(app, club, Role.OWNER)


def browser_of(app, club, role: Role) -> Browser:
    user = a_member(club, role)
    db.session.commit()
    return Browser(app, user)


def text_of(answer) -> str:
    return " ".join(unescape(answer.get_data(as_text=True)).split())


def somebody(participant_id: int) -> Participant:
    db.session.rollback()
    return db.session.get_one(Participant, participant_id, populate_existing=True)


@pytest.mark.parametrize("search", ["love", "ADA", "ada love", "lovelace@", "201555-0142", "0201 5550142", "M-7"])
def test_people_are_found_by_name_address_number_and_member_number(alice, club, search):
    a_participant(
        club, first_name="Ada", last_name="Lovelace", email_address="lovelace@example.org", phone_number="+12015550142", member_number="M-7"
    )
    a_participant(club, first_name="Bo", last_name="Berg", email_address="bo@example.org", phone_number="+12015550999")
    db.session.commit()

    page = text_of(alice.get(f"/participants?q={search}"))

    assert "Lovelace" in page
    assert "Berg" not in page


@pytest.mark.parametrize("search", ["%", "_", "'; --", "zzz", "%00"])
def test_a_search_that_finds_nobody_says_so(alice, club, search):
    a_participant(club, first_name="Ada", last_name="Lovelace", email_address="ada@example.org")
    db.session.commit()

    answer = alice.get(f"/participants?q={search}")

    assert answer.status_code == 200
    assert search == "%00" or "Nobody found" in text_of(answer)


def test_people_come_in_pages_by_name(alice, club):
    for number in range(120):
        a_participant(club, first_name="P", last_name=f"Name {number:03d}")
    db.session.commit()

    first = text_of(alice.get("/participants", HX_Request="true"))
    last_shown = db.session.scalars(select(Participant.id).where(Participant.last_name == "Name 049")).one()
    second = text_of(alice.get(f"/participants?after={last_shown}", HX_Request="true"))

    assert "120 people" in first
    assert "Name 049" in first
    assert "Name 050" not in first
    assert "Name 050" in second
    assert "Name 099" in second
    assert "Name 100" not in second


def test_the_list_of_people_can_be_narrowed_to_a_list(alice, club):
    listed = a_list(club, a_participant(club, last_name="Inside"))
    a_participant(club, last_name="Outside")
    db.session.commit()

    page = text_of(alice.get(f"/participants?list_id={listed.id}"))

    assert "Inside" in page
    assert "Outside" not in page


def test_a_persons_page_tells_the_state_of_both_addresses(alice, club):
    person = a_participant(club, email_address="Ada@example.org", phone_number="+12015550142", about=["Mia", "Tom"])
    an_entry(club, address="ada@example.org")
    an_entry(club, address="+12015550142", channel=Channel.SMS, reason=SuppressionReason.STOP)
    db.session.commit()

    page = text_of(alice.get(f"/participants/{person.id}"))

    assert "Bouncing" in page
    assert "They texted STOP. Only their own START brings texts back." in page
    assert "Written to about Mia, Tom" in page


def test_an_unsubscribe_from_marketing_does_not_shut_the_address(alice, club):
    person = a_participant(club, email_address="ada@example.org")
    an_entry(club, address="ada@example.org", reason=SuppressionReason.UNSUBSCRIBE, scope=SuppressionScope.MARKETING)
    db.session.commit()

    page = text_of(alice.get(f"/participants/{person.id}"))

    assert "They said no. What concerns them still goes." in page


def test_a_bad_number_on_file_is_told(alice, club):
    person = a_participant(club, is_bad_number=True)
    db.session.commit()

    assert "Bad number" in text_of(alice.get(f"/participants/{person.id}"))


def test_the_timeline_tells_both_channels_and_why_somebody_was_skipped(alice, club):
    person = a_participant(club, phone_number="+12015550142")
    sendout = a_sendout(club, title="Spring camp", state=SendoutState.RUNNING, launched_at=clock.now())
    a_message(sendout, person, status=DeliveryStatus.DELIVERED, accepted_at=clock.now())
    a_message(sendout, person, Channel.SMS, status=DeliveryStatus.SKIPPED, skip_reason=SkipReason.BAD_ADDRESS)
    a_received_text(club, from_number="+12015550142", body="We are coming!")
    a_received_text(club, participant_id=person.id, body="STOP", keyword="stop")
    db.session.commit()

    page = text_of(alice.get(f"/participants/{person.id}"))

    assert page.count("Spring camp") == 2
    assert "Delivered" in page
    assert "Bad number on file" in page
    assert "We are coming!" in page
    assert page.count("STOP") >= 2


def test_a_long_timeline_is_asked_for_in_parts(alice, club):
    person = a_participant(club)
    for number in range(60):
        a_message(a_sendout(club, title=f"Round {number}"), person)
    db.session.commit()

    short, whole = (text_of(alice.get(f"/participants/{person.id}?moments={count}", HX_Request="true")) for count in (50, 100))

    assert "Show older ones" in short
    assert "Show older ones" not in whole
    assert whole.count("Round") == 60


def test_a_person_is_typed_in_and_changed(alice, club):
    saved(CustomField(organisation_id=club.id, key="born", name="Born", kind=CustomFieldKind.DATE))
    db.session.commit()
    typed = {"first_name": " Ada ", "email_address": "Ada <ada@Example.org>", "phone_number": "(201) 555-0142", "about": "Mia, Tom"}

    made = alice.post("/participants", typed | {"language": "Deutsch", "custom_born": "03/04/2017", "time_zone": "Europe/Berlin"})
    person = somebody(int(made.location.rsplit("/", 1)[1]))

    assert made.status_code == 303
    assert (person.first_name, person.email_address, person.phone_number) == ("Ada", "ada@example.org", "+12015550142")
    assert (person.about, person.language, person.custom) == (["Mia", "Tom"], "de", {"born": "2017-03-04"})
    assert "2017-03-04" in text_of(alice.get(f"/participants/{person.id}/edit"))

    alice.post(f"/participants/{person.id}", {"last_name": "Byron"})
    changed = somebody(person.id)
    assert (changed.first_name, changed.last_name, changed.email_address, changed.custom) == ("", "Byron", None, {})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({}, "Type a name, an e-mail address or a mobile number."),
        ({"email_address": "ada@"}, "This is not an e-mail address"),
        ({"phone_number": "12"}, "This number is too short."),
        ({"first_name": "x" * 201}, "This has 201 characters; up to 200 fit."),
        ({"first_name": "A", "language": "Klingon"}, "Type a language (German) or its two letters (de)."),
        ({"first_name": "A", "time_zone": "Mars/Base"}, "Type a zone like Europe/Berlin"),
        ({"first_name": "A", "member_number": "7"}, "Bo Berg has this member number."),
        ({"first_name": "A", "custom_shoe": "forty"}, "“forty” is not a number."),
    ],
)
def test_what_does_not_fit_is_said_beside_its_field(alice, club, typed, words):
    a_participant(club, first_name="Bo", last_name="Berg", member_number="7")
    saved(CustomField(organisation_id=club.id, key="shoe", name="Shoe", kind=CustomFieldKind.NUMBER))
    db.session.commit()

    answer = alice.post("/participants", typed)

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 1


def test_a_slip_is_asked_about_once_and_can_be_taken_either_way(alice):
    asked = alice.post("/participants", {"first_name": "Ada", "email_address": "ada@gmial.com"})
    kept = alice.post("/participants", {"first_name": "Ada", "email_address": "ada@gmial.com", "as_typed": "yes"})
    corrected = alice.post("/participants", {"first_name": "Bo", "email_address": "bo@gmial.com", "use_address": "bo@gmail.com"})

    assert (asked.status_code, kept.status_code, corrected.status_code) == (422, 303, 303)
    assert "Did you mean ada@gmail.com ?" in text_of(asked).replace("<strong>", "").replace("</strong>", " ")
    assert list(db.session.scalars(select(Participant.email_address).order_by(Participant.id))) == ["ada@gmial.com", "bo@gmail.com"]


def test_somebody_at_the_same_address_is_pointed_out_before_a_second_person_is_made(alice, club):
    a_participant(club, first_name="Anna", last_name="Bauer", email_address="family@example.org")
    db.session.commit()

    asked = alice.post("/participants", {"first_name": "Ben", "email_address": "Family@example.org"})

    assert asked.status_code == 422
    assert "Anna Bauer" in text_of(asked)


def test_a_corrected_address_is_noted_so_that_no_import_brings_it_back(alice, club):
    person = a_participant(club, first_name="Ada", email_address="Ada@gmial.com", is_bad_email=True, phone_number=None)
    db.session.commit()

    alice.post(f"/participants/{person.id}", {"first_name": "Ada", "email_address": "ada@gmail.com"})

    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "address corrected")).one()
    assert entry.detail == {"was": "ada@gmial.com", "became": "ada@gmail.com"}
    assert somebody(person.id).is_bad_email is False


def test_consent_is_noted_with_its_proof_and_withdrawn(alice, club):
    person = a_participant(club)
    db.session.commit()

    without = alice.post(f"/participants/{person.id}/consents", {"proof": " "})
    alice.post(f"/participants/{person.id}/consents", {"proof": "Told me at the gate"})
    agreed = text_of(alice.get(f"/participants/{person.id}"))
    alice.post(f"/participants/{person.id}/consents/withdrawal")
    again = alice.post(f"/participants/{person.id}/consents/withdrawal")

    assert (without.status_code, again.status_code) == (422, 409)
    assert "Told me at the gate" in agreed
    assert "Withdrawn" in text_of(alice.get(f"/participants/{person.id}"))
    assert db.session.scalars(select(TextConsent)).one().withdrawn_at is not None


def test_a_list_is_made_renamed_and_ended(alice):
    made = alice.post("/lists", {"name": " U9  parents "})
    twice = alice.post("/lists", {"name": "u9 PARENTS"})
    nameless = alice.post("/lists", {"name": ""})
    renamed = alice.post(f"{made.location}/name", {"name": "U10 parents"})
    other = alice.post("/lists", {"name": "Trainers"})
    clash = alice.post(f"{other.location}/name", {"name": "u10 parents"})
    removed = alice.post(f"{made.location}/removal")

    assert [each.status_code for each in (made, twice, nameless, renamed, clash, removed)] == [303, 422, 422, 303, 422, 303]
    assert "There is a list “U9 parents” already." in text_of(twice)
    assert list(db.session.scalars(select(ParticipantList.name))) == ["Trainers"]


def test_a_list_that_a_waiting_send_out_names_is_not_ended(alice, club):
    listed = a_list(club)
    a_sendout(club, listed, title="Spring camp")
    db.session.commit()

    answer = alice.post(f"/lists/{listed.id}/removal")

    assert answer.status_code == 409
    assert "“Spring camp” would go by this list" in text_of(answer)


@pytest.mark.parametrize("state", [SendoutState.HELD, SendoutState.LAUNCHING])
def test_a_list_that_is_left_out_is_not_ended_until_the_audience_is_written_down(alice, club, state):
    listed = a_list(club)
    sendout = a_sendout(club, state=state)
    saved(SendoutList(organisation_id=club.id, sendout_id=sendout.id, list_id=listed.id, is_excluded=True))
    db.session.commit()

    early = alice.post(f"/lists/{listed.id}/removal")
    sendout.audience_count = 12
    db.session.commit()
    late = alice.post(f"/lists/{listed.id}/removal")

    assert (early.status_code, late.status_code) == (409, 303)


def test_neither_a_deleted_draft_nor_a_cancelled_send_out_keeps_a_list(alice, club):
    listed = a_list(club)
    a_sendout(club, listed, deleted_at=clock.now())
    a_sendout(club, listed, state=SendoutState.CANCELLED)
    db.session.commit()

    assert alice.post(f"/lists/{listed.id}/removal").status_code == 303


def test_people_are_put_on_a_list_and_taken_off(alice, club):
    ada, bo = a_participant(club, first_name="Ada", last_name="On"), a_participant(club, first_name="Bo", last_name="Off")
    stranger = a_participant(an_organisation())
    listed = a_list(club, ada, name="Trainers")
    db.session.commit()

    found = text_of(alice.get(f"/lists/{listed.id}/candidates?q=o"))
    alice.post(f"/lists/{listed.id}/people", {"participant_id": [bo.id, stranger.id]})
    off = alice.post(f"/lists/{listed.id}/people/{ada.id}/removal", {"back_to_person": ada.id})

    assert "Bo Off" in found
    assert "Ada On" not in found
    assert off.location == f"/participants/{ada.id}"
    assert list(db.session.scalars(select(ListMembership.participant_id))) == [bo.id]


def test_a_list_is_taken_away_as_a_file_that_an_import_knows_again(alice, club):
    saved(CustomField(organisation_id=club.id, key="team", name="Team", kind=CustomFieldKind.TEXT))
    person = a_participant(
        club, first_name="=Ada", last_name="Müller", phone_number="+12015550142", about=["Mia", "Tom"], custom={"team": "U9"}
    )
    listed = a_list(club, person, name="U9 Elternbeirat")
    db.session.commit()

    answer = alice.get(f"/lists/{listed.id}/export.csv")

    assert answer.mimetype == "text/csv"
    assert b"'=Ada" in answer.data
    table = read_table(answer.data)
    assert table.columns == ("First name", "Last name", "E-mail", "Mobile number", "Language", "Member number", "About", "Team")
    assert [row.cells for row in table.rows()] == [
        ("=Ada", "Müller", person.email_address, "+12015550142", "", "", "Mia, Tom", "U9"),
    ]


def test_a_viewer_is_offered_nothing_to_change(app, club):
    person = a_participant(club)
    listed = a_list(club, person)
    viewer = browser_of(app, club, Role.VIEWER)

    pages = [text_of(viewer.get(path)) for path in ("/participants", f"/participants/{person.id}", "/lists", f"/lists/{listed.id}")]

    main = [page.split('id="main"')[1].split("</main>")[0] for page in pages]
    assert not any('method="post"' in page or "/edit" in page or "/imports" in page for page in main)


def test_every_page_shows_names_that_are_code_as_names(alice, club):
    nasty = "<script>alert(1)</script>"
    person = a_participant(club, first_name=nasty, about=[nasty], custom={"x": nasty})
    listed = a_list(club, person, name=nasty)
    db.session.commit()

    for path in ("/participants", f"/participants/{person.id}", f"/participants/{person.id}/edit", "/lists", f"/lists/{listed.id}"):
        assert nasty not in alice.get(path).get_data(as_text=True)
