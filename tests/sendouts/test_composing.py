"""A draft as it is written, and the end of writing."""

from typing import Any

import pytest

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.sendouts.composing import queries, service
from app.sendouts.composing.attachments import MEGABYTE, UploadedFile, attach, detach
from app.sendouts.composing.service import AudienceAnswers, MessageAnswers, OptionsAnswers
from app.sendouts.drafting.service import copy_sendout, delete_draft, restore_draft
from app.sendouts.running import Actor
from tests.factories import a_list, a_participant, a_sender, an_organisation
from tests.sendouts.drafts import a_club

pytestmark = pytest.mark.usefixtures("database")


def answers(**values):
    defaults: dict[str, Any] = {
        "title": "Camp",
        "communication_type": CommunicationType.MARKETING,
        "channel_plan": ChannelPlan.EMAIL,
        "fallback_hours": 24,
        "lists": {},
    }
    return AudienceAnswers(**(defaults | values))


def words(**values):
    defaults: dict[str, Any] = {"subject": "Camp", "preview_text": "", "html": "<p>Hello</p>", "text": None, "sms_body": None}
    return MessageAnswers(**(defaults | values))


def test_a_new_draft_is_ready_to_write():
    club = a_club()

    draft = service.new_draft(club.actor)

    assert draft.communication_type is None
    assert draft.sms_body == "Riverside: "
    assert draft.reply_to == "bob@club.example"
    assert (draft.email_sender_id, draft.sms_sender_id) == (club.draft.email_sender_id, club.draft.sms_sender_id)


def test_lists_of_another_organisation_are_not_taken_in():
    club = a_club()
    theirs = a_list(an_organisation())

    service.save_audience(club.draft.id, club.actor, answers(lists={club.everybody.id: True, theirs.id: False}))

    chosen = {each.name: each.chosen for each in queries.list_choices(club.organisation.id, club.draft.id)}
    assert chosen == {"Everybody": "exclude"}


@pytest.mark.parametrize(("kind", "expected"), [(CommunicationType.MARKETING, True), (CommunicationType.NON_MARKETING, False)])
def test_the_type_presets_what_people_with_one_address_get(kind, expected):
    club = a_club(communication_type=None, one_per_address=not expected)

    service.save_audience(club.draft.id, club.actor, answers(communication_type=kind))

    assert club.draft.one_per_address is expected


def test_a_person_is_put_in_left_out_and_dropped():
    club = a_club()
    ava = a_participant(club.organisation, first_name="Ava", last_name="Kim")

    service.choose_person(club.draft.id, club.actor, ava.id, is_excluded=False)
    service.choose_person(club.draft.id, club.actor, ava.id, is_excluded=True)
    left_out = queries.chosen_people(club.draft)
    service.drop_person(club.draft.id, club.actor, ava.id)

    assert [(person.name, person.standing) for person in left_out] == [("Ava Kim", "exclude")]
    assert queries.chosen_people(club.draft) == []


def test_somebody_elses_person_cannot_be_chosen():
    club = a_club()
    stranger = a_participant(an_organisation())

    with pytest.raises(NotFound):
        service.choose_person(club.draft.id, club.actor, stranger.id, is_excluded=False)


def test_html_is_cleaned_when_it_is_saved():
    club = a_club()

    service.save_message(club.draft.id, club.actor, words(html='<p onclick="x()">Hello {{ first_name }}</p><script>alert(1)</script>'))

    assert club.draft.html == "<p>Hello {{ first_name }}</p>"


def test_plain_words_become_paragraphs():
    assert service.mail_html_of("Hello {{ first_name }}\nand hello\n\n3 < 4") == "<p>Hello {{ first_name }}<br>and hello</p><p>3 &lt; 4</p>"


def test_what_a_step_does_not_show_it_does_not_change():
    club = a_club()
    before = club.draft.html

    service.save_message(club.draft.id, club.actor, words(html=None, subject=None, sms_body="New"))

    assert (club.draft.html, club.draft.sms_body) == (before, "New")


def test_look_alikes_are_replaced():
    club = a_club(sms_body="Riverside: don’t be late … ok")  # noqa: RUF001

    service.replace_look_alikes(club.draft.id, club.actor)

    assert club.draft.sms_body == "Riverside: don't be late ... ok"


def test_a_sender_of_another_organisation_is_none():
    club = a_club()
    theirs = a_sender(an_organisation())

    service.save_options(club.draft.id, club.actor, OptionsAnswers(theirs.id, club.draft.sms_sender_id, "", is_tracking=False))

    assert (club.draft.email_sender_id, club.draft.reply_to, club.draft.is_tracking) == (None, None, False)


def test_an_answer_address_that_is_none_is_refused():
    club = a_club()

    with pytest.raises(Invalid):
        service.save_options(club.draft.id, club.actor, OptionsAnswers(None, None, "bob at club", is_tracking=True))


@pytest.mark.parametrize("state", [each for each in SendoutState if each is not SendoutState.DRAFT])
def test_what_is_no_draft_is_not_changed(state):
    club = a_club(state=state)

    for change in (
        lambda: service.save_audience(club.draft.id, club.actor, answers()),
        lambda: service.save_message(club.draft.id, club.actor, words()),
        lambda: service.replace_look_alikes(club.draft.id, club.actor),
        lambda: service.choose_person(club.draft.id, club.actor, club.people[0].id, is_excluded=True),
        lambda: attach(club.draft.id, club.actor, UploadedFile("map.pdf", b"%PDF")),
        lambda: delete_draft(club.draft.id, club.actor),
    ):
        with pytest.raises(Conflict):
            change()


def test_another_organisation_finds_no_draft():
    club = a_club()
    stranger = Actor(an_organisation().id, None)

    for act in (
        lambda: service.draft_of(club.draft.id, stranger),
        lambda: copy_sendout(club.draft.id, stranger),
        lambda: delete_draft(club.draft.id, stranger),
        lambda: restore_draft(club.draft.id, stranger),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_file_travels_along_until_it_is_taken_off():
    club = a_club()

    attach(club.draft.id, club.actor, UploadedFile("C:\\plans\\map.pdf", b"%PDF"))
    (file,) = queries.attached_files(club.draft)
    detach(club.draft.id, club.actor, file.id)

    assert (file.file_name, file.size) == ("map.pdf", 4)
    assert queries.attached_files(club.draft) == []


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [("big.pdf", 5 * MEGABYTE + 1, "5 MB"), ("fun.exe", 10, "of this kind"), ("empty.txt", 0, "not empty"), ("", 10, "not empty")],
)
def test_files_that_cannot_travel_are_refused(name, size, sentence):
    club = a_club()

    with pytest.raises(Invalid, match=sentence):
        attach(club.draft.id, club.actor, UploadedFile(name, b"x" * size))


def test_files_together_have_a_limit():
    club = a_club()
    for number in range(2):
        attach(club.draft.id, club.actor, UploadedFile(f"{number}.pdf", b"x" * 5 * MEGABYTE))

    with pytest.raises(Invalid, match="10 MB"):
        attach(club.draft.id, club.actor, UploadedFile("one-more.pdf", b"x"))


def test_a_copy_says_the_same_to_the_same_people_and_is_a_draft():
    club = a_club(state=SendoutState.RUNNING, channel_plan=ChannelPlan.SMS_ELSE_EMAIL)
    service.include_list(club.draft, club.everybody.id)
    db.session.commit()

    copy = copy_sendout(club.draft.id, club.actor)

    assert (copy.title, copy.html, copy.channel_plan) == ("Copy of Spring camp", club.draft.html, ChannelPlan.SMS_ELSE_EMAIL)
    assert db.session.get_one(type(copy), copy.id).created_by == club.bob.id
    assert [each.chosen for each in queries.list_choices(club.organisation.id, copy.id)] == ["include"]


def test_a_deleted_draft_is_gone_until_it_is_fetched_back():
    club = a_club()

    delete_draft(club.draft.id, club.actor)
    with pytest.raises(NotFound):
        queries.sendout_of(club.draft.id, club.organisation.id)
    restore_draft(club.draft.id, club.actor)

    assert queries.sendout_of(club.draft.id, club.organisation.id) is club.draft


@pytest.mark.parametrize(("asked", "found"), [("ava kim", ["Ava Kim"]), ("0199", ["Ava Kim"]), ("%", []), ("  ", []), ("kim ben", [])])
def test_people_are_found_by_every_word_of_name_address_or_number(asked, found):
    club = a_club(people=0)
    a_participant(club.organisation, first_name="Ava", last_name="Kim", phone_number="+12015550199")
    a_participant(club.organisation, first_name="Ben", last_name="Lee")
    a_participant(an_organisation(), first_name="Ava", last_name="Kim")

    assert [person.name for person in queries.people_matching(club.organisation.id, asked)] == found


def test_senders_that_are_put_away_cannot_be_chosen():
    club = a_club()
    a_sender(club.organisation, Channel.EMAIL, is_archived=True)

    assert [sender.id for sender in queries.senders_of(club.organisation.id, Channel.EMAIL)] == [club.draft.email_sender_id]
