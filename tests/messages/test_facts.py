from datetime import UTC, datetime, timedelta

import pytest

from app.domain.shown import Facts, OptOutMethod
from app.extensions import db
from app.messages.facts import record_facts, withdraw_opt_out
from app.models import Message, Sendout
from tests.factories import a_message, a_participant, a_sendout, an_organisation

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)


def a_sent_message(**values):
    organisation = an_organisation()
    return a_message(a_sendout(organisation), a_participant(organisation), **({"status": "sent"} | values))


def read_again(message):
    db.session.expire_all()
    return db.session.get_one(Message, message.id)


def test_the_earliest_answer_stands_and_proves_delivery():
    message = a_sent_message(status="in_doubt")

    changes = [record_facts(message.id, Facts(acknowledged_at=NOW + timedelta(minutes=minutes))) for minutes in (5, 1, 1)]

    assert changes == [True, True, False]
    message = read_again(message)
    assert (message.status, message.shown_status, message.acknowledged_at) == ("delivered", "acknowledged", NOW + timedelta(minutes=1))
    assert db.session.get_one(Sendout, message.sendout_id).first_delivered_at == NOW + timedelta(minutes=5)


def test_a_message_that_does_not_exist_has_no_facts():
    assert record_facts(1, Facts(wrote_back_at=NOW)) is False
    assert withdraw_opt_out(1) is False


@pytest.mark.parametrize(
    ("method", "is_withdrawn"), [(OptOutMethod.LINK, True), (OptOutMethod.ONE_CLICK, True), (OptOutMethod.STOP, False)]
)
def test_only_what_a_link_has_said_can_be_taken_back_by_it(method, is_withdrawn):
    message = a_sent_message()
    record_facts(message.id, Facts(opted_out_at=NOW, opted_out_by=method))

    assert withdraw_opt_out(message.id) is is_withdrawn
    assert (read_again(message).opted_out_at is None) is is_withdrawn
