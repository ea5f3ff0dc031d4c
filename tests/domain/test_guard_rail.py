from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.channels import Channel
from app.domain.guard_rail import LEAST_WAIT_SECONDS, LONGEST_WAIT_SECONDS, Sight, Trouble, finding, may_follow

counts = st.integers(0, 50_000)


def seen(channel=Channel.EMAIL, handed_over=1_000, accepted=1_000, **values):
    return Sight(channel, handed_over, accepted, **values)


@pytest.mark.parametrize(
    ("values", "trouble"),
    [
        ({}, None),
        ({"bounced": 49}, None),
        ({"bounced": 50}, Trouble.BOUNCES),
        ({"bounced": 9, "accepted": 100}, None),
        ({"bounced": 199, "accepted": 199}, None),
        ({"complained": 2}, None),
        ({"complained": 3}, Trouble.COMPLAINTS),
        ({"complained": 3, "bounced": 900}, Trouble.COMPLAINTS),
        ({"complained": 99, "accepted": 100_000}, None),
        ({"complained": 100, "accepted": 100_000}, Trouble.COMPLAINTS),
        ({"channel": Channel.SMS, "blocked": 49}, None),
        ({"channel": Channel.SMS, "blocked": 50}, Trouble.BLOCKS),
        ({"refused": 99}, None),
        ({"refused": 100, "accepted": 900}, Trouble.ERRORS),
        ({"refused": 99, "handed_over": 99, "accepted": 0}, None),
    ],
)
def test_too_many_of_enough_are_a_finding(values, trouble):
    found = finding(seen(**values))

    assert (found.trouble if found else None) is trouble


def a_sight(accepted, refused, bounced, complained, blocked):
    return Sight(Channel.EMAIL, accepted + refused, accepted, 0, bounced, complained, blocked, refused)


sights = st.builds(a_sight, *[counts] * 5)


@given(sights, st.frozensets(st.sampled_from(Trouble)))
def test_what_was_waived_is_never_found_again_and_more_of_it_never_clears_it(sight, waived):
    worse = replace(sight, bounced=sight.bounced + 1, complained=sight.complained + 1, blocked=sight.blocked + 1)

    found = finding(sight, waived)

    if found is not None:
        assert found.trouble not in waived
        assert found.words
        assert finding(worse, waived) is not None


def test_a_finding_says_what_was_seen():
    found = finding(seen(bounced=62))

    assert found is not None
    assert found.words.startswith("62 of 1,000 e-mails (6.2 %) came back because the address does not exist.")


@pytest.mark.parametrize(
    ("unconfirmed", "seconds", "may"),
    [
        (0, LEAST_WAIT_SECONDS - 1, False),
        (0, LEAST_WAIT_SECONDS, True),
        (50, LEAST_WAIT_SECONDS, True),
        (51, LEAST_WAIT_SECONDS, False),
        (1_000, LONGEST_WAIT_SECONDS - 1, False),
        (1_000, LONGEST_WAIT_SECONDS, True),
    ],
)
def test_the_rest_follows_once_most_is_known_or_nothing_more_is_to_be_expected(unconfirmed, seconds, may):
    assert may_follow([seen(unconfirmed=unconfirmed)], seconds) is may


def test_a_first_part_that_reached_nobody_holds_nothing_up():
    assert may_follow([seen(handed_over=0, accepted=0)], LEAST_WAIT_SECONDS)
