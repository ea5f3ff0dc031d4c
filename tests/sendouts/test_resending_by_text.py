import pytest

from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.lib.clock import now
from app.models import Sender
from app.sendouts.waiting import NotOpened, not_opened
from tests.factories import a_message
from tests.scenes import run_sql
from tests.sendouts.crowds import people_in
from tests.sendouts.resends import resent, sent

pytestmark = pytest.mark.usefixtures("database")


def test_texts_of_the_same_send_out_are_not_asked_about_opening():
    scene = sent()
    a_message(scene.sendout, scene.people[0], Channel.SMS, status="delivered", delivered_at=now())

    assert not_opened(scene.sendout) == NotOpened(1, 0)


def told_by_text(scene, changes):
    a_message(scene.sendout, scene.people[0], Channel.SMS)
    run_sql(f"UPDATE messages SET {changes} WHERE channel = 'sms'")  # noqa: S608


BY_TEXT = [
    # what became of the text beside the unread e-mail, and whether an e-mail and a text still go to them
    ("status = 'delivered', accepted_at = now()", True, True),
    ("status = 'failed', accepted_at = now()", True, True),
    ("status = 'delivered', wrote_back_at = now()", False, False),
    ("status = 'delivered', responded_at = now()", False, False),
    ("status = 'delivered', acknowledged_at = now()", False, False),
    ("status = 'in_doubt'", True, False),
    ("status = 'pending'", True, False),
    ("status = 'not_sent'", True, False),
    ("status = 'skipped', skip_reason = 'stopped'", True, True),
    ("status = 'skipped', skip_reason = 'no_address'", True, True),
]


@pytest.mark.parametrize(("changes", "by_email", "by_text"), BY_TEXT)
def test_who_answered_by_text_has_read_it_and_no_text_goes_where_one_is_open(changes, by_email, by_text):
    scene = sent()
    told_by_text(scene, changes)

    mail = resent(scene, form_token="mail")
    words = resent(scene, form_token="text", plan=ChannelPlan.SMS)

    assert not_opened(scene.sendout).no_sign == by_email
    assert (len(people_in(mail)), len(people_in(words))) == (by_email, by_text)


def test_a_resend_by_text_has_a_number_to_leave_from_and_begins_with_who_sends_it():
    scene = sent(sms_sender_id=None, sms_body="")

    copy = resent(scene, plan=ChannelPlan.SMS)

    assert (copy.channel_plan, copy.sms_body) == (ChannelPlan.SMS, "Riverside: ")
    assert copy.sms_sender_id == db.session.query(Sender.id).filter_by(channel=Channel.SMS).scalar()
