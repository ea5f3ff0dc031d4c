"""One slice for each message, and the same one for every order and repetition of what was heard."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import status_words
from app.domain.delivery import DeliveryStatus, join_statuses
from app.domain.shown import (
    DELIVERED_AT_LEAST,
    Facts,
    OptOutMethod,
    ShownGroup,
    ShownStatus,
    group_of,
    merge_facts,
    shown_status,
)
from tests.domain.samples import NOON, event_statuses, facts, moments, statuses

NOTHING_KNOWN = Facts()
STORIES = [
    (DeliveryStatus.PENDING, NOTHING_KNOWN, ShownStatus.PENDING),
    (DeliveryStatus.SENDING, NOTHING_KNOWN, ShownStatus.SENDING),
    (DeliveryStatus.IN_DOUBT, NOTHING_KNOWN, ShownStatus.IN_DOUBT),
    (DeliveryStatus.SENT, NOTHING_KNOWN, ShownStatus.SENT),
    (DeliveryStatus.DELAYED, NOTHING_KNOWN, ShownStatus.DELAYED),
    (DeliveryStatus.SOFT_BOUNCED, NOTHING_KNOWN, ShownStatus.SOFT_BOUNCED),
    (DeliveryStatus.SOFT_BOUNCED, Facts(opened_at=NOON), ShownStatus.OPENED),
    (DeliveryStatus.SENT, Facts(opened_at=NOON), ShownStatus.OPENED),
    (DeliveryStatus.IN_DOUBT, Facts(clicked_at=NOON), ShownStatus.CLICKED),
    (DeliveryStatus.DELIVERED, Facts(opened_at=NOON, clicked_at=NOON), ShownStatus.CLICKED),
    (DeliveryStatus.DELIVERED, Facts(clicked_at=NOON, wrote_back_at=NOON), ShownStatus.WROTE_BACK),
    (DeliveryStatus.DELIVERED, Facts(wrote_back_at=NOON, acknowledged_at=NOON), ShownStatus.ACKNOWLEDGED),
    (DeliveryStatus.DELIVERED, Facts(acknowledged_at=NOON, responded_at=NOON), ShownStatus.RESPONDED),
    (DeliveryStatus.BOUNCED, Facts(opened_at=NOON, responded_at=NOON), ShownStatus.BOUNCED),
    (DeliveryStatus.BAD_EMAIL, Facts(opened_at=NOON), ShownStatus.BAD_EMAIL),
    (DeliveryStatus.BAD_NUMBER, Facts(wrote_back_at=NOON), ShownStatus.BAD_NUMBER),
    (DeliveryStatus.FAILED, Facts(wrote_back_at=NOON), ShownStatus.FAILED),
    (DeliveryStatus.NOT_SENT, Facts(clicked_at=NOON), ShownStatus.NOT_SENT),
    (DeliveryStatus.SENT, Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.STOP), ShownStatus.STOPPED),
    (DeliveryStatus.BOUNCED, Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.LINK), ShownStatus.UNSUBSCRIBED),
    (
        DeliveryStatus.DELIVERED,
        Facts(responded_at=NOON, opted_out_at=NOON, opted_out_by=OptOutMethod.ONE_CLICK),
        ShownStatus.UNSUBSCRIBED,
    ),
    (
        DeliveryStatus.COMPLAINT,
        Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.COMPLAINT),
        ShownStatus.COMPLAINT,
    ),
    (DeliveryStatus.SKIPPED, Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.STOP), ShownStatus.SKIPPED),
    (DeliveryStatus.CANCELLED, Facts(clicked_at=NOON), ShownStatus.CANCELLED),
]


@pytest.mark.parametrize(("status", "known", "shown"), STORIES)
def test_shown_status_is_the_first_that_applies(status, known, shown):
    assert shown_status(status, known) is shown


@given(statuses)
def test_an_open_batch_shows_only_pending_messages_as_sending(status):
    shown = shown_status(status, NOTHING_KNOWN, is_sending=True)

    expected = ShownStatus.SENDING if status is DeliveryStatus.PENDING else ShownStatus(status.value)
    assert shown is expected


@given(statuses, moments, moments)
def test_machines_change_nothing_that_is_shown(status, opened_at, clicked_at):
    by_machine = Facts(machine_opened_at=opened_at, machine_clicked_at=clicked_at)

    assert shown_status(status, by_machine) is shown_status(status, NOTHING_KNOWN)


@given(facts(), facts(), facts())
def test_merging_facts_ignores_order_grouping_and_repeats(one, other, third):
    assert merge_facts(one, other) == merge_facts(other, one)
    assert merge_facts(one, merge_facts(other, third)) == merge_facts(merge_facts(one, other), third)
    assert merge_facts(one, one) == one
    assert merge_facts(one, NOTHING_KNOWN) == one


@given(
    statuses,
    st.lists(event_statuses | facts(), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)
def test_events_and_facts_in_any_order_and_repetition_show_the_same(start, heard, random):
    repeated = [*heard, random.choice(heard)]
    random.shuffle(repeated)

    assert _shown_after(start, repeated) is _shown_after(start, heard)


def _shown_after(start: DeliveryStatus, heard: list[DeliveryStatus | Facts]) -> ShownStatus:
    status = reduce(join_statuses, [item for item in heard if isinstance(item, DeliveryStatus)], start)
    known = reduce(merge_facts, [item for item in heard if isinstance(item, Facts)], NOTHING_KNOWN)
    return shown_status(status, known)


@given(moments, moments)
def test_a_response_keeps_its_latest_time_and_every_other_fact_its_earliest(one, other):
    merged = merge_facts(Facts(opened_at=one, responded_at=one), Facts(opened_at=other, responded_at=other))

    assert merged == Facts(opened_at=min(one, other), responded_at=max(one, other))


def test_a_stop_in_the_same_instant_as_another_opt_out_is_the_one_kept():
    by_link = Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.LINK)
    by_stop = Facts(opted_out_at=NOON, opted_out_by=OptOutMethod.STOP)

    assert merge_facts(by_link, by_stop).opted_out_by is OptOutMethod.STOP


def test_groups_follow_one_another_around_the_ring():
    arcs = list(dict.fromkeys(group_of(shown) for shown in ShownStatus))

    assert arcs == list(ShownGroup)
    assert [shown for shown in ShownStatus if shown in DELIVERED_AT_LEAST] == list(ShownStatus)[:6]


def test_every_status_has_its_word_and_one_sentence_that_begins_with_it():
    for shown in ShownStatus:
        assert status_words.MEANING[shown].startswith(status_words.WORDS[shown] + ":")
        assert status_words.MEANING[shown].endswith(".")
