"""The fold by itself: any order, any grouping, any repetition of the same events comes out the same."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.delivery import BEFORE_ACCEPTANCE, LADDER, DeliveryStatus, rung
from app.domain.events import EventKind
from app.domain.shown import Facts, OptOutMethod, shown_status
from app.messages.standing import Heard, Standing, last_sign_of_life, machine_verdicts, standing_after, standing_with

START = datetime(2026, 3, 4, 9, tzinfo=UTC)
moments = st.integers(0, 40).map(lambda seconds: START + timedelta(seconds=seconds))
agents = st.sampled_from(["Mozilla/5.0", "Mozilla/5.0 (Windows NT 10.0) Chrome/133.0", None])
starts = st.sampled_from([*BEFORE_ACCEPTANCE, DeliveryStatus.SENT])


@st.composite
def an_event(draw, key):
    kind = draw(st.sampled_from(EventKind))
    heard_at = draw(moments)
    if kind is EventKind.STATUS:
        return Heard(key, kind, heard_at, draw(st.sampled_from(LADDER)), code=draw(st.sampled_from([None, "a", "b"])))
    return Heard(key, kind, heard_at, link=draw(st.sampled_from("xy")), user_agent=draw(agents))


@st.composite
def histories(draw):
    return [draw(an_event(f"e{number}")) for number in range(draw(st.integers(1, 6)))]


def arrive(standing, groups):
    """The standing after events that come in groups, as the ledger meets them: each time with all that it has heard before."""
    heard: dict[str, Heard] = {}
    for group in groups:
        heard |= {event.event_key: event for event in group}
        standing = standing_after(standing, list(heard.values()))
    return standing


@given(histories(), starts, st.data())
def test_order_grouping_and_repetition_change_nothing(events, before, data):
    shuffled = data.draw(st.permutations(events))
    cut = data.draw(st.integers(0, len(events)))
    start = Standing(before)

    at_once = arrive(start, [events])

    assert arrive(start, [[event] for event in shuffled]) == at_once
    assert arrive(start, [shuffled[:cut], shuffled[cut:], events]) == at_once


@given(histories(), starts)
def test_every_event_is_reached_and_proves_acceptance(events, before):
    after = standing_after(Standing(before), events)

    assert rung(after.status) >= max(1, *(rung(event.status) for event in events if event.status), rung(before))
    assert after.accepted_at == min(event.occurred_at for event in events)
    assert (after.skip_reason is not None) == (after.status is DeliveryStatus.SKIPPED)


@given(histories())
def test_whoever_reads_is_never_shown_as_less_than_delivered(events):
    after = standing_after(Standing(DeliveryStatus.SENT), events)

    shown = shown_status(after.status, after.facts)
    if after.facts.opened_at or after.facts.clicked_at:
        assert rung(after.status) >= rung(DeliveryStatus.DELIVERED)
        assert after.delivered_at is not None
        assert last_sign_of_life(after, events) is not None
    assert shown is not None


@given(histories())
def test_each_open_and_click_has_one_verdict(events):
    visits = {event.event_key for event in events if event.kind in (EventKind.OPEN, EventKind.CLICK)}

    assert set(machine_verdicts(events)) == visits


def test_nothing_heard_changes_nothing():
    standing = Standing(DeliveryStatus.PENDING)

    assert standing_after(standing, []) is standing


def test_a_providers_verdict_on_a_machine_is_believed():
    event = Heard("o", EventKind.OPEN, START, user_agent="Mozilla/5.0 (Windows NT 10.0) Chrome/133.0", said_machine=True)

    assert machine_verdicts([event]) == {"o": True}


def test_an_answer_proves_delivery_and_an_opt_out_only_that_it_went():
    doubtful = Standing(DeliveryStatus.IN_DOUBT, error_words="the worker stopped")

    answered = standing_with(doubtful, Facts(wrote_back_at=START))
    opted_out = standing_with(doubtful, Facts(opted_out_at=START, opted_out_by=OptOutMethod.STOP))

    assert (answered.status, answered.delivered_at, answered.accepted_at) == (DeliveryStatus.DELIVERED, START, START)
    assert (opted_out.status, opted_out.delivered_at, opted_out.error_words) == (DeliveryStatus.SENT, None, None)


def test_a_reason_to_skip_goes_with_the_skip():
    skipped = standing_after(Standing(DeliveryStatus.SENT), [Heard("a", EventKind.STATUS, START, DeliveryStatus.SKIPPED, code="21610")])
    delivered = standing_with(skipped, Facts(responded_at=START))

    assert (skipped.skip_reason, skipped.error_code) == ("stopped", "21610")
    assert (delivered.status, delivered.skip_reason, delivered.error_code) == (DeliveryStatus.DELIVERED, None, None)


def test_what_a_scanner_seemed_to_prove_is_taken_back():
    agent = "Mozilla/5.0 (Windows NT 10.0) Chrome/133.0"
    full = Heard("f", EventKind.STATUS, START, DeliveryStatus.SOFT_BOUNCED, code="MailboxFull")
    clicks = [Heard(link, EventKind.CLICK, START, link=link, user_agent=agent) for link in "xy"]

    believed = standing_after(Standing(DeliveryStatus.SENT), [full, clicks[0]])
    corrected = standing_after(believed, [full, *clicks])

    assert (believed.status, believed.error_code, believed.delivered_at) == (DeliveryStatus.DELIVERED, None, START)
    assert (corrected.status, corrected.error_code, corrected.delivered_at) == (DeliveryStatus.SOFT_BOUNCED, "MailboxFull", None)
