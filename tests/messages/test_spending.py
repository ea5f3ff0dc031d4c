"""What is charged and what is free, as the ledger has it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.domain.channels import Channel
from app.domain.costs import BudgetLevel, ChargeKind
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import NotAllowed
from app.messages.spending import Dimension, Period, budget_standing, charges, prices_of, require_budget
from app.models import ReplyTask
from tests import factories
from tests.factories import a_price_list

pytestmark = pytest.mark.usefixtures("database")

NOON = datetime(2026, 11, 10, 12, tzinfo=UTC)
MONTH = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))


@pytest.fixture
def club():
    return factories.an_organisation()


def a_sent(club, channel=Channel.SMS, *, count=1, at=NOON, sendout=None, **values):
    sendout = sendout or factories.a_sendout(
        club,
        state="running",
        launched_at=at,
        sms_sender_id=factories.a_sender(club, Channel.SMS).id,
        email_sender_id=factories.a_sender(club).id,
    )
    for _ in range(count):
        factories.a_message(sendout, factories.a_participant(club), channel, **({"status": "sent", "accepted_at": at} | values))
    return sendout


def charged(club, dimension=Dimension.CHANNEL):
    rows = charges(Period(club.id, *MONTH, "Europe/London"), dimension)
    return {(row.key, row.kind): (row.messages, row.parts) for row in rows}


def test_texts_are_charged_by_their_parts_and_emails_each(club):
    a_sent(club, count=2, segments=3)
    a_sent(club, Channel.EMAIL, count=4)

    assert charged(club) == {("sms", ChargeKind.SENT): (2, 6), ("email", ChargeKind.EMAIL): (4, 4)}


@pytest.mark.parametrize("accepted_at", [None, NOON])
def test_skipped_messages_cost_nothing(club, accepted_at):
    a_sent(club, count=3, status="skipped", skip_reason="stopped", segments=2, accepted_at=accepted_at)

    assert charged(club) == {("sms", ChargeKind.SKIPPED): (3, 0)}


def test_what_never_left_is_not_there(club):
    a_sent(club, status="pending", accepted_at=None)
    a_sent(club, status="not_sent", accepted_at=None)

    assert charged(club) == {}


def test_received_forwarded_and_automatic_texts_are_charged(club):
    text = factories.a_received_text(club, segments=2, received_at=NOON)
    automatic = factories.a_sendout(club, state="running", launched_at=NOON, audience_rule={"answers": text.id, "automatic": True})
    a_sent(club, sendout=automatic, segments=1)
    task = {"organisation_id": club.id, "text_id": text.id, "state": "done", "done_at": NOON}
    factories.saved(ReplyTask(**task, kind="forward_text", address="+12025550199", segments=3))
    factories.saved(ReplyTask(**task, kind="forward_email", address="sam@club.example"))
    factories.saved(ReplyTask(**(task | {"state": "skipped"}), kind="forward_text", address="+12025550198", segments=3))

    assert charged(club) == {
        ("sms", ChargeKind.RECEIVED): (1, 2),
        ("sms", ChargeKind.AUTO_REPLIED): (1, 1),
        ("sms", ChargeKind.FORWARDED): (1, 3),
        ("email", ChargeKind.EMAIL): (1, 1),
    }


def test_another_month_and_another_organisation_are_left_out(club):
    a_sent(club, at=MONTH[0] - timedelta(seconds=1))
    a_sent(club, at=MONTH[1])
    a_sent(factories.an_organisation())

    assert charged(club) == {}


def test_the_lines_of_every_dimension_add_up_to_the_same(club):
    person = factories.a_participant(club)
    lists = [factories.a_list(club, person), factories.a_list(club, person)]
    sendout = factories.a_sendout(club, *lists, state="running", launched_at=NOON)
    factories.a_message(sendout, person, Channel.SMS, status="sent", accepted_at=NOON, segments=2)
    a_sent(club, count=3)

    for dimension in Dimension:
        assert sum(parts for _, parts in charged(club, dimension).values()) == 5
    assert charged(club, Dimension.LIST)[str(lists[0].id), ChargeKind.SENT] == (1, 2)


def test_without_prices_or_budget_nobody_is_asked(club):
    assert prices_of(club.id) is None
    require_budget(club.id)
    a_price_list(club)

    assert budget_standing(club.id) is None


def test_a_used_up_budget_is_refused_with_its_amount(club):
    a_price_list(club, monthly_budget=Decimal("0.10"), currency="EUR")
    a_sent(club, count=8, segments=1, at=now())

    standing = budget_standing(club.id)
    assert standing is not None
    assert (standing.spent, standing.level) == (Decimal("0.08"), BudgetLevel.WARNING)
    require_budget(club.id)
    a_sent(club, count=2, segments=1, at=now())
    with pytest.raises(NotAllowed, match=r"0\.10 EUR"):
        require_budget(club.id)
    db.session.rollback()


def test_what_has_started_and_not_gone_yet_counts_with_what_is_coming(club):
    a_price_list(club, monthly_budget=Decimal(9))
    running = a_sent(club, count=2, segments=1, at=now())
    running.sms_body = "x" * 161
    for channel in (Channel.SMS, Channel.EMAIL):
        a_sent(club, channel, count=3, sendout=running, status="pending", accepted_at=None)
    a_sent(club, count=1, status="pending", accepted_at=None, at=now()).state = "cancelled"
    db.session.commit()

    standings = [budget_standing(club.id), budget_standing(club.id, Decimal("0.5"))]
    assert [each and each.spent for each in standings] == [Decimal("0.02"), Decimal("0.5803")]
