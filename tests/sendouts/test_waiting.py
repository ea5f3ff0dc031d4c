import random
from itertools import product

import pytest
from sqlalchemy import text

from app.domain.channels import Channel, ChannelPlan
from app.domain.shown import ShownStatus
from app.extensions import db
from app.lib.clock import now
from app.messages.counts import squash_deltas
from app.models import Participant
from app.sendouts.audience import not_answered_query, not_opened_query
from app.sendouts.chain import ANSWERED_BY_TEXT
from app.sendouts.waiting import NotOpened, not_answered, not_opened
from tests.factories import a_participant, an_organisation
from tests.reports.mixtures import a_participant_of, a_row, a_running_sendout

STANDINGS = [str(status) for status in ShownStatus if status not in (ShownStatus.SENDING, ShownStatus.SKIPPED)]
STANDINGS += ["skipped:no_address", "skipped:stopped", "machine"]
MACHINE = [{}, {"machine_opened_at": now()}, {"machine_clicked_at": now()}]


def people_of(query):
    return db.session.execute(text(f"SELECT count(*) FROM ({query.sql}) AS wanted"), query.parameters).scalar_one()  # noqa: S608  our own SQL


def row_by_row(sendout):
    return NotOpened(
        people_of(not_opened_query(sendout, no_sign=True, cannot_tell=False)),
        people_of(not_opened_query(sendout, no_sign=False, cannot_tell=True)),
    )


def a_sendout_of_everything(organisation, plan=ChannelPlan.EMAIL, **values):
    """One with a row of every standing, with and without a machine's visit, some of them confirmed or answered as well."""
    sendout = a_running_sendout(organisation, plan, **values)
    for standing, machine in product(STANDINGS, MACHINE):
        confirmed = {"acknowledged_at": now()} if standing in ("responded", "bounced") and machine else {}
        person = a_participant(organisation)
        for channel in plan.channels:
            a_row(sendout, standing, channel, person, **(machine if standing != "machine" else {}), **confirmed)
    db.session.flush()
    return sendout


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("is_squashed", [False, True])
def test_alone_the_counts_say_what_the_rows_say(is_squashed):
    sendout = a_sendout_of_everything(an_organisation())
    if is_squashed:
        squash_deltas()

    assert not_opened(sendout) == row_by_row(sendout)
    assert not_opened(sendout).no_sign == 2
    assert not_opened(sendout).cannot_tell == 4 + 3


@pytest.mark.usefixtures("database")
def test_alone_by_both_channels_the_counts_leave_out_who_answered_by_text():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    for mail, words in product(["delivered", "sent", "machine", "opened", "bounced"], STANDINGS):
        person = a_participant_of(sendout)
        a_row(sendout, mail, Channel.EMAIL, person)
        a_row(sendout, words, Channel.SMS, person)

    found = not_opened(sendout)

    assert found == row_by_row(sendout)
    assert found.no_sign == 2 * (len(STANDINGS) - len(ANSWERED_BY_TEXT))


@pytest.mark.usefixtures("database")
def test_over_a_chain_the_rows_are_put_together_by_person():
    organisation = an_organisation()
    original = a_sendout_of_everything(organisation)
    resend = a_running_sendout(organisation, root_id=original.id, resend_of=original.id)
    chance = random.Random(7)
    for number in people_in(original):
        a_row(resend, chance.choice(STANDINGS), person=number, **chance.choice(MACHINE[:1]))
    db.session.flush()

    assert not_opened(original) == not_opened(resend) == row_by_row(original)


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("plan", [ChannelPlan.EMAIL, ChannelPlan.BOTH])
@pytest.mark.parametrize(("question", "asks_confirmation"), [("Coming?", False), ("", True), ("Coming?", True)])
def test_who_has_not_answered_is_counted_as_row_by_row(plan, question, asks_confirmation):
    asking = {"question": question, "choices": ["Yes", "No"] if question else [], "asks_confirmation": asks_confirmation}
    sendout = a_sendout_of_everything(an_organisation(), plan, **asking)

    found = not_answered(sendout)

    assert found == people_of(not_answered_query(sendout))
    assert found > 0


@pytest.mark.usefixtures("database")
def test_nobody_owes_an_answer_to_what_asks_nothing():
    assert not_answered(a_sendout_of_everything(an_organisation())) == 0


def people_in(sendout):
    """The people of a send-out."""
    ids = db.session.scalars(text("SELECT participant_id FROM messages WHERE sendout_id = :id"), {"id": sendout.id})
    return [db.session.get_one(Participant, number) for number in ids]
