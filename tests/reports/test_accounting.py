import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.audience import SkipReason
from app.domain.channels import Channel
from app.domain.shown import ShownGroup, ShownStatus
from app.reports.accounting import accounting_terms, delivered_count, reach_of_channel, slice_word, slices
from app.reports.charts import doughnut

mixtures = st.dictionaries(st.sampled_from(ShownStatus), st.integers(1, 100_000))
channels = st.sampled_from(Channel)


@given(mixtures)
def test_the_accounting_line_adds_up_to_the_audience(shown):
    terms = accounting_terms(shown)

    assert sum(term.people for term in terms) == sum(shown.values())
    assert [term.group for term in terms] == [group for group in ShownGroup if group in {term.group for term in terms}]


@given(mixtures, channels, st.booleans())
def test_the_slices_add_up_to_the_audience_in_the_order_of_the_ring(shown, channel, is_tracked):
    listed = slices(shown, channel, is_tracked=is_tracked)

    assert sum(each.people for each in listed) == sum(shown.values())
    assert [each.status for each in listed] == [status for status in ShownStatus if status in {each.status for each in listed}]


@given(mixtures, st.data())
def test_the_people_line_of_one_channel_adds_up_to_the_audience(shown, data):
    skips = shown.get(ShownStatus.SKIPPED, 0)
    duplicates = data.draw(st.integers(0, skips))
    excluded = data.draw(st.integers(0, skips - duplicates))

    reach = reach_of_channel(shown, {SkipReason.DUPLICATE: duplicates, SkipReason.EXCLUDED: excluded})

    assert reach.people == sum(shown.values())
    assert reach.unreached >= 0
    assert reach.reached >= delivered_count(shown)


@settings(deadline=None)  # the first figure of a process loads Plotly's classes
@given(mixtures, channels)
def test_the_ring_draws_every_status_that_has_people_and_no_other(shown, channel):
    figure = json.loads(doughnut(slices(shown, channel, is_tracked=True)))

    (ring,) = figure["data"]
    drawn = dict(zip(ring.get("customdata", []), ring.get("values", []), strict=True))
    assert drawn == {str(status): people for status, people in shown.items()}


def test_the_line_reads_as_in_the_brief():
    shown = {
        ShownStatus.OPENED: 2_600, ShownStatus.DELIVERED: 1_701, ShownStatus.SENT: 388, ShownStatus.BOUNCED: 57, ShownStatus.SKIPPED: 66,
    }  # fmt: skip

    assert [(term.people, term.words) for term in accounting_terms(shown)] == [
        (4_301, "delivered"),
        (388, "sent"),
        (57, "bounced"),
        (66, "skipped"),
    ]


def test_a_group_of_several_statuses_goes_by_its_own_word():
    terms = accounting_terms({ShownStatus.BOUNCED: 2, ShownStatus.FAILED: 1, ShownStatus.STOPPED: 4})

    assert [term.words for term in terms] == ["STOP", "not delivered"]


@pytest.mark.parametrize(
    ("channel", "is_tracked", "word"),
    [
        (Channel.EMAIL, True, "Delivered, not opened"),
        (Channel.EMAIL, False, "Delivered"),
        (Channel.SMS, True, "Delivered"),
    ],
)
def test_only_where_openings_are_seen_is_being_delivered_also_not_having_opened(channel, is_tracked, word):
    assert slice_word(ShownStatus.DELIVERED, channel, is_tracked=is_tracked) == word


def test_a_status_that_a_channel_cannot_know_is_listed_only_when_it_occurs():
    assert ShownStatus.STOPPED not in {each.status for each in slices({}, Channel.EMAIL, is_tracked=True)}
    assert ShownStatus.STOPPED in {each.status for each in slices({ShownStatus.STOPPED: 1}, Channel.EMAIL, is_tracked=True)}
