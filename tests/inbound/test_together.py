"""Two volunteers at the same replies: who has what, no answer over another's, answers kept, everything found again."""

import re

import pytest
from sqlalchemy import func, select, text

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.models import ConversationHold, InboundText, Membership, Organisation, Participant, Sendout, User
from tests import factories
from tests.browser import Browser
from tests.scenes import run_sql

NUMBER = "+12025550100"


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def sender(club):
    return factories.a_sender(club, Channel.SMS, address="+15005550006")


@pytest.fixture
def sam(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Sam")
    db.session.commit()
    return Browser(app, user)


@pytest.fixture
def kim(app, club):
    user = factories.a_member(club, Role.ORGANISER, name="Kim")
    db.session.commit()
    return Browser(app, user)


@pytest.fixture
def maria(club):
    return factories.a_participant(club, first_name="Maria", last_name="Rossi", phone_number=NUMBER)


@pytest.fixture
def question(club, sender, maria):
    made = factories.a_received_text(club, sender, from_number=NUMBER, participant_id=maria.id, body="Which size?")
    db.session.commit()
    return made


def words_of(answer) -> str:
    return " ".join(answer.get_data(as_text=True).split())


def form_on(answer, **typed):
    page = answer.get_data(as_text=True)
    return {name: found_in(page, rf'name="{name}" value="([^"]*)"') for name in ("form_token", "seen_answer")} | typed


def found_in(page, pattern):
    found = re.search(pattern, page)
    assert found is not None
    return found[1]


def answered_automatically(question):
    """The send-out that the automatic answer to a text is, and its message."""
    club = db.session.get_one(Organisation, question.organisation_id)
    rule = {"answers": question.id, "automatic": True}
    values = {"title": "Automatic answer to Maria Rossi", "sms_body": "We read every text", "channel_plan": "sms", "state": "running"}
    answer = factories.a_sendout(club, sms_sender_id=question.sender_id, audience_rule=rule, **values)
    person = db.session.get_one(Participant, question.participant_id)
    factories.a_message(answer, person, Channel.SMS, status="sent", accepted_at=func.now())
    db.session.commit()
    return answer


def answers():
    db.session.rollback()
    return list(db.session.scalars(select(Sendout.sms_body).order_by(Sendout.id)))


def test_who_takes_a_conversation_has_it_until_it_is_done(question, sam, kim):
    sam.post(f"/replies/{question.id}/take")
    seen_by_kim, seen_by_sam = (words_of(each.get(f"/replies/{question.id}")) for each in (kim, sam))
    kim.post(f"/replies/{question.id}/take")
    after_kim = words_of(sam.get(f"/replies/{question.id}"))
    kim.post(f"/replies/{question.id}/done")

    assert ("Sam has it" in seen_by_kim, "You have it" in seen_by_sam, "Kim has it" in after_kim) == (True, True, True)
    assert "Sam has it" in seen_by_kim.split('id="queue"')[1].split("</nav>")[0]
    assert db.session.scalar(select(func.count()).select_from(ConversationHold)) == 0


def test_a_conversation_is_let_go(question, sam, kim):
    sam.post(f"/replies/{question.id}/take")
    sam.post(f"/replies/{question.id}/let-go")

    assert "Sam has it" not in words_of(kim.get(f"/replies/{question.id}"))


def test_an_answer_sent_meanwhile_holds_the_other_and_shows_it(question, sam, kim):
    kims_form = form_on(kim.get(f"/replies/{question.id}"), body="Small I think", then="stay")
    sam.post(f"/replies/{question.id}/answer", form_on(sam.get(f"/replies/{question.id}"), body="Medium", then="stay"))

    held = kim.post(f"/replies/{question.id}/answer", kims_form)
    sent_while_held = answers()
    anyway = kim.post(f"/replies/{question.id}/answer", form_on(held, body="Small I think", then="stay"))

    assert held.status_code == 409
    assert "Sam</bdi>: “<bdi>Medium</bdi>”" in words_of(held)
    assert ">Small I think</textarea>" in words_of(held)
    assert (sent_while_held, anyway.status_code, answers()) == (["Medium"], 303, ["Medium", "Small I think"])


def test_ones_own_answers_hold_up_nothing(question, sam):
    form = form_on(sam.get(f"/replies/{question.id}"), then="stay")
    first = sam.post(f"/replies/{question.id}/answer", form | {"body": "Medium"})
    second = sam.post(f"/replies/{question.id}/answer", form | {"body": "And bring boots"})

    assert (first.status_code, second.status_code, len(answers())) == (303, 303, 2)


def test_each_answer_shows_who_wrote_it(question, sam, kim):
    sam.post(f"/replies/{question.id}/answer", form_on(sam.get(f"/replies/{question.id}"), body="Medium", then="stay"))

    assert "<bdi>Sam</bdi>" in words_of(kim.get(f"/replies/{question.id}"))


@pytest.mark.parametrize(
    ("kinds", "shown"),
    [
        ([], ["Received"]),
        (["forward_email"], ["Forwarded"]),
        (["forward_text", "auto_reply"], ["Forwarded", "Replied"]),
    ],
    ids=["received", "forwarded", "forwarded and replied"],
)
def test_each_received_text_shows_what_was_done_about_it(question, sam, kinds, shown):
    answer = answered_automatically(question)
    for kind in kinds:
        run_sql(
            "INSERT INTO reply_tasks (organisation_id, text_id, kind, address, state, done_at, sendout_id)"
            " VALUES (:club, :text, :kind, 'x', 'done', now(), CASE WHEN :kind = 'auto_reply' THEN CAST(:sendout AS bigint) END)",
            club=question.organisation_id,
            text=question.id,
            kind=kind,
            sendout=answer.id,
        )

    page = sam.get(f"/replies/{question.id}").get_data(as_text=True)

    assert re.findall(r"turn-mark.*?</svg>(\w+)</button>", page) == shown


def test_what_may_not_have_been_forwarded_says_so(club, question, sam):
    run_sql(
        "INSERT INTO reply_tasks (organisation_id, text_id, kind, address, state, words)"
        " VALUES (:club, :text, 'forward_email', 'bob@club.example', 'in_doubt', 'No clear answer.')",
        club=club.id,
        text=question.id,
    )

    assert "May not have been forwarded to bob@club.example: No clear answer." in words_of(sam.get(f"/replies/{question.id}"))


def test_automatic_answers_stand_in_the_conversation_and_not_among_the_sendouts(question, sam):
    answered_automatically(question)

    assert [path for path in ("/sendouts", "/home") if "Automatic answer to" in words_of(sam.get(path))] == []
    assert "<bdi>Automatic answer</bdi>" in words_of(sam.get(f"/replies/{question.id}"))


def test_replies_are_found_by_their_words_our_answers_and_who_wrote(club, sender, question, sam):
    factories.a_received_text(club, sender, from_number="+12025550155", body="Something else", done_at=func.now(), read_at=func.now())
    db.session.commit()
    sam.post(f"/replies/{question.id}/answer", form_on(sam.get(f"/replies/{question.id}"), body="Medium fits most", then="done"))
    other = factories.an_organisation(name="Hillside School")
    factories.a_received_text(other, body="size of theirs")
    db.session.commit()

    def found(search):
        return re.findall(r'queue-name"><bdi>([^<]+)<', words_of(sam.get(f"/replies?q={search}")))

    assert [found(each) for each in ("size", "SIZE+which", "fits", "rossi", "0155", "size+else")] == [
        ["Maria Rossi"],
        ["Maria Rossi"],
        ["Maria Rossi"],
        ["Maria Rossi"],
        ["+12025550155"],
        [],
    ]


def test_saved_answers_are_kept_inserted_changed_and_removed(question, sam, kim):
    sam.post("/replies/saved", {"name": "Which kit", "body": "Blue shirt"})
    page = kim.get(f"/replies/{question.id}").get_data(as_text=True)
    saved_id = int(found_in(page, r"insert=(\d+)"))
    inserted = kim.get(f"/replies/{question.id}?insert={saved_id}").get_data(as_text=True)
    kim.post(f"/replies/saved/{saved_id}", {"name": "Which kit", "body": "Red shirt"})
    changed = words_of(sam.get("/replies/saved"))
    sam.post(f"/replies/saved/{saved_id}/remove")

    assert 'data-insert="Blue shirt"' in page
    assert ">Blue shirt</textarea>" in inserted
    assert "Red shirt" in changed
    assert "Red shirt" not in words_of(sam.get("/replies/saved"))


def test_a_saved_answer_needs_a_name_and_words(sam):
    answer = sam.post("/replies/saved", {"name": " ", "body": ""})

    assert answer.status_code == 422
    assert "Give it a name" in words_of(answer)


def test_what_waits_for_a_day_shows_on_home_until_it_is_answered(question, sam):
    run_sql("UPDATE inbound_texts SET received_at = now() - interval '25 hours', read_at = now()")
    before = words_of(sam.get("/home"))
    sam.post(f"/replies/{question.id}/answer", form_on(sam.get(f"/replies/{question.id}"), body="Medium", then="stay"))

    assert "1 person has waited for an answer for more than a day" in before
    assert "has waited for an answer" not in words_of(sam.get("/home"))
    assert db.session.scalar(select(InboundText.answered_at)) is not None


@pytest.mark.parametrize("values", [{"done_at": func.now()}, {"keyword": "stop"}, {"received_at": text("now() - interval '23 hours'")}])
def test_what_needs_no_answer_does_not_wait(club, sender, sam, values):
    defaults = {"received_at": text("now() - interval '25 hours'"), "read_at": func.now()}
    factories.a_received_text(club, sender, **(defaults | values))
    db.session.commit()

    assert "waited for an answer" not in words_of(sam.get("/home"))


def test_announcements_are_chosen_under_ones_account(club, sam):
    refused = sam.post("/settings/account/announcements", {"announced_by": "both"})
    sam.post("/settings/account", {"name": "Sam", "phone_number": "(202) 555-0188"})
    taken = sam.post("/settings/account/announcements", {"announced_by": "both"})

    user = db.session.scalars(select(User).where(User.name == "Sam")).one()
    chosen = db.session.scalar(select(Membership.announced_by).where(Membership.organisation_id == club.id, Membership.user_id == user.id))
    assert (refused.status_code, taken.status_code, user.phone_number, chosen) == (422, 303, "+12025550188", "both")
