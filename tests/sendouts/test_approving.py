"""A second person approves: who asks, who decides, what a change undoes, and whom the product tells."""

from datetime import timedelta

import pytest
from rq import Queue
from rq.serializers import JSONSerializer

from app.domain.approval import Approval
from app.domain.roles import Role
from app.extensions import db, redis_client
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid, NotAllowed
from app.models import Organisation
from app.sendouts.approving.queries import standing_of, waiting_for
from app.sendouts.approving.service import approve, ask_for_approval, send_back
from app.sendouts.composing.attachments import UploadedFile, attach
from app.sendouts.composing.service import choose_person, save_sharing
from app.sendouts.reviewing import scheduling, service
from app.sendouts.running import Actor
from tests.browser import Browser
from tests.factories import a_member, a_participant
from tests.sendouts.drafts import a_club, words_of
from tests.sendouts.test_rules import HOURS

pytestmark = pytest.mark.usefixtures("database")


def a_careful_club(**values):
    """Bob wrote a draft, Carol may decide, and nothing goes without her or somebody else."""
    club = a_club(**values)
    club.organisation.needs_approval = True
    club.draft.created_by = club.bob.id
    carol = a_member(club.organisation, Role.ORGANISER, name="Carol", email="carol@club.example")
    db.session.commit()
    return club, Actor(club.organisation.id, carol.id), carol


def asked(club, by=None):
    ask_for_approval(club.draft.id, by or club.actor)
    db.session.commit()
    return club.draft.approval_digest


def approval(club):
    standing = standing_of(club.reread())
    return standing.approval if standing else None


def test_a_draft_goes_only_after_somebody_else_has_approved_it():
    club, carol, _ = a_careful_club()
    with pytest.raises(Invalid, match="second person"):
        service.send(club.draft.id, club.actor, typed=None)
    with pytest.raises(Invalid, match="second person"):
        scheduling.schedule(club.draft.id, club.actor, scheduling.Wish(f"{now() + timedelta(days=1):%Y-%m-%dT%H:%M}", "UTC"), typed=None)
    db.session.rollback()

    approve(club.draft.id, carol, asked(club))
    db.session.commit()

    assert approval(club) is Approval.GIVEN
    assert service.send(club.draft.id, club.actor, typed=None)


def test_who_wrote_it_and_who_asked_do_not_decide():
    club, carol, _ = a_careful_club()
    owner = Actor(club.organisation.id, a_member(club.organisation, Role.OWNER).id)
    digest = asked(club, by=carol)

    for nobody in (club.actor, carol, Actor(club.organisation.id, a_member(club.organisation, Role.AUTHOR).id)):
        with pytest.raises(NotAllowed):
            approve(club.draft.id, nobody, digest)
    approve(club.draft.id, owner, digest)
    db.session.commit()

    assert approval(club) is Approval.GIVEN


@pytest.mark.parametrize("change", ["words", "person", "sharing", "file"])
def test_any_change_after_the_answer_asks_anew(change):
    club, carol, _ = a_careful_club()
    approve(club.draft.id, carol, asked(club))
    db.session.commit()
    somebody = a_participant(club.organisation)

    if change == "words":
        club.draft.html += "<p>And more</p>"
    elif change == "person":
        choose_person(club.draft.id, club.actor, somebody.id, is_excluded=False)
    elif change == "sharing":
        save_sharing(club.draft.id, club.actor, one_per_address=False)
    else:
        attach(club.draft.id, club.actor, UploadedFile("map.pdf", b"%PDF-1.7"))
    db.session.commit()

    assert approval(club) is Approval.CHANGED


def test_saving_it_as_it_is_changes_nothing():
    club, carol, _ = a_careful_club()
    approve(club.draft.id, carol, asked(club))
    db.session.commit()

    save_sharing(club.draft.id, club.actor, one_per_address=club.draft.one_per_address)
    db.session.commit()

    assert approval(club) is Approval.GIVEN


def test_an_answer_is_about_what_was_read():
    club, carol, _ = a_careful_club()
    digest = asked(club)
    club.draft.subject = "Something else"
    db.session.commit()

    with pytest.raises(Conflict):
        approve(club.draft.id, carol, digest)
    asked(club)
    with pytest.raises(Conflict):
        approve(club.draft.id, carol, digest)


def test_it_is_sent_back_with_a_note_and_asked_about_again():
    club, carol, _ = a_careful_club()
    digest = asked(club)
    with pytest.raises(Invalid):
        send_back(club.draft.id, carol, digest, "  ")

    send_back(club.draft.id, carol, digest, "The date is wrong.")
    db.session.commit()
    back = (approval(club), club.draft.approval_note)
    asked(club)

    assert back == (Approval.SENT_BACK, "The date is wrong.")
    assert (approval(club), club.draft.approval_note) == (Approval.ASKED, None)


def test_where_nobody_else_could_decide_it_cannot_be_asked_about():
    club = a_club()
    club.organisation.needs_approval = True
    db.session.commit()

    with pytest.raises(Conflict, match="invite another organiser"):
        ask_for_approval(club.draft.id, club.actor)


def test_it_is_off_until_an_owner_turns_it_on(app):
    club = a_club()
    before = standing_of(club.draft)

    club.browser(app, Role.OWNER).post("/settings/sending", HOURS | {"needs_approval": "yes"})
    db.session.rollback()

    assert before is None
    assert db.session.get_one(Organisation, club.organisation.id, populate_existing=True).needs_approval


def test_urgent_texts_need_nobody(app):
    club, _, _ = a_careful_club()

    form = {"text": "Riverside: the hall is closed", "list_id": str(club.everybody.id), "seen_count": "3", "form_token": "t1"}

    assert club.browser(app).post("/urgent", form).status_code == 303


def test_the_pages_ask_decide_and_send(app):
    club, _, carol = a_careful_club()
    bob, second = club.browser(app), Browser(app, carol)
    review = club.path("/compose/review")

    before = words_of(bob.get(review))
    bob.post(club.path("/approval/ask"))
    own, hers, home = words_of(bob.get(review)), words_of(second.get(review)), words_of(second.get("/home"))
    second.post(club.path("/approval/approve"), {"digest": club.reread().approval_digest})
    after = words_of(bob.get(review))

    assert "Carol can approve it, and gets an e-mail." in before
    assert 'action="/sendouts/1/launch"' not in before
    assert "Approve it as it is" not in own
    assert "Bob asked" in hers
    assert "Approve it as it is" in hers
    assert "“Spring camp” waits for you to approve it." in home
    assert "Carol has approved it as it is" in after
    assert 'action="/sendouts/1/launch"' in after


def test_the_page_sends_back_with_a_note(app):
    club, _, carol = a_careful_club()
    asked(club)

    Browser(app, carol).post(club.path("/approval/send-back"), {"digest": club.draft.approval_digest, "note": "The date is wrong."})
    page = words_of(club.browser(app).get(club.path("/compose/review")))

    assert "Carol sent it back:" in page
    assert "The date is wrong." in page
    assert "Ask for approval" in page


def test_asking_puts_one_job_into_its_queue(app):
    club, _, _ = a_careful_club()

    club.browser(app).post(club.path("/approval/ask"))

    assert [job.args for job in Queue("default", connection=redis_client.client, serializer=JSONSerializer).jobs] == [[club.draft.id]]


def test_a_request_that_waits_is_listed_for_those_who_may_decide_alone():
    club, carol, _ = a_careful_club()
    asked(club)

    assert [each.id for each in waiting_for(club.organisation.id, carol.user_id)] == [club.draft.id]
    assert waiting_for(club.organisation.id, club.bob.id) == []
