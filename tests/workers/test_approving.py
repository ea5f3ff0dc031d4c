"""Those who may approve a draft hear of it by e-mail, once."""

import pytest
from sqlalchemy import select

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.models import User
from app.sendouts.approving.queries import digest_of
from app.sendouts.approving.service import approve, send_back
from app.sendouts.running import Actor
from tests.factories import a_member
from tests.scenes import asked_for, run_sql
from tests.sendouts.drafts import a_club
from workers.approving import announce_approval
from workers.schedule import announce_approvals

pytestmark = pytest.mark.usefixtures("database")


def a_request(**values):
    club = a_club(**values)
    club.organisation.needs_approval = True
    club.draft.created_by = club.draft.approval_asked_by = club.bob.id
    club.draft.approval_asked_at, club.draft.approval_digest = now(), "digest"
    for role, name in ((Role.ORGANISER, "carol"), (Role.OWNER, "alice"), (Role.AUTHOR, "dan")):
        a_member(club.organisation, role, name=name.title(), email=f"{name}@club.example")
    db.session.commit()
    return club


def test_whoever_may_decide_gets_one_e_mail_with_the_way_to_it(carriers):
    club = a_request(title="Spring <camp>")

    announce_approval(club.draft.id)
    announce_approval(club.draft.id)

    [call] = carriers.mail.calls
    assert sorted(carriers.mail.sent_to) == ["alice@club.example", "carol@club.example"]
    assert call.reply_to == "bob@club.example"
    said = call.messages[0].slots
    assert "Bob asks you to approve “Spring <camp>”." in said["text"]
    assert "Spring &lt;camp&gt;" in said["html"]
    assert f"https://app.example.com/sendouts/{club.draft.id}/compose/review" in said["text"]


@pytest.mark.parametrize(
    ("note", "subject", "line"),
    [(None, "Approved: “Camp”", "Carol has approved “Camp” as it is."), ("The date is wrong.", "Sent back: “Camp”", "The date is wrong.")],
)
def test_who_asked_hears_of_the_answer(carriers, note, subject, line):
    club = a_request(title="Camp")
    announce_approval(club.draft.id)
    digest = club.reread().approval_digest = digest_of(club.draft)
    carol = Actor(club.organisation.id, db.session.scalars(select(User.id).where(User.name == "Carol")).one())

    approve(club.draft.id, carol, digest) if note is None else send_back(club.draft.id, carol, digest, note)
    db.session.commit()
    announce_approval(club.draft.id)

    [message] = carriers.mail.calls[-1].messages
    assert (message.to, message.slots["subject"]) == ("bob@club.example", subject)
    assert line in message.slots["text"]


def test_what_nobody_asked_about_is_not_announced(carriers):
    club = a_club()

    announce_approval(club.draft.id)

    assert carriers.mail.calls == []


def test_without_an_address_to_e_mail_from_nothing_goes_and_nothing_fails(carriers):
    club = a_request()
    run_sql("UPDATE senders SET is_archived = true")

    announce_approval(club.draft.id)

    assert carriers.mail.calls == []


@pytest.mark.usefixtures("carriers")
def test_a_lost_job_is_asked_for_again():
    club = a_request()
    run_sql("UPDATE sendouts SET approval_asked_at = now() - interval '1 minute'")

    announce_approvals()
    announce_approval(club.draft.id)
    asked = asked_for("default")
    announce_approvals()

    assert asked == asked_for("default") == [f"announce-approval-{club.draft.id}"]
