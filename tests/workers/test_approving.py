"""Those who may approve a draft hear of it by e-mail, once."""

import pytest

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from tests.factories import a_member
from tests.scenes import run_sql
from tests.sendouts.drafts import a_club
from tests.workers.test_schedule import waiting
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
    asked = waiting("default")
    announce_approvals()

    assert asked == waiting("default") == [f"announce-approval-{club.draft.id}"]
