"""What Review counts is what the start writes."""

import random
from collections import Counter

import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.sendouts.counting import Slice, people_behind, reached_as, review_counts, shared_addresses
from tests.factories import a_participant
from tests.scenes import a_scene, freeze, messages_of
from tests.sendouts.crowds import agree, keep_away, leave_out, name
from tests.sendouts.test_freeze_rules import random_crowd

pytestmark = pytest.mark.usefixtures("database")


def a_mixed_scene(seed):
    """An audience of lists and people, some left out, with duplicates, consents and suppressions, by any plan and type."""
    chance = random.Random(seed)
    scene = a_scene(
        chance.randint(0, 3),
        channel_plan=chance.choice(list(ChannelPlan)),
        communication_type=chance.choice(list(CommunicationType)),
        one_per_address=chance.random() < 0.7,
    )
    people = random_crowd(chance, scene.organisation)
    for person in people:
        name(scene, person, is_excluded=chance.random() < 0.1)
    leave_out(scene, *[person for person in people if chance.random() < 0.15])
    db.session.commit()
    return scene


def rows_counted(counts):
    """The counts as rows would be counted: by channel, skip reason, and whether they wait."""
    counted: Counter[tuple[str, str | None, bool]] = Counter()
    for each in counts.channels:
        counted[each.channel, None, False] = each.messages
        counted[each.channel, None, True] = each.waiting
        counted.update({(each.channel, reason, False): amount for reason, amount in each.skips.items()})
    return +counted


@pytest.mark.parametrize("seed", range(40))
def test_review_counts_the_rows_that_the_start_writes(seed):
    scene = a_mixed_scene(seed)

    promised = review_counts(scene.sendout)
    freeze(scene.sendout)

    rows = messages_of(scene)
    assert rows_counted(promised) == Counter((row.channel, row.skip_reason, row.fallback_until is not None) for row in rows)
    assert promised.people == len({row.participant_id for row in rows}) == scene.sendout.audience_count
    assert promised.reached == len({row.participant_id for row in rows if row.skip_reason is None})


def test_an_empty_audience_is_nobody():
    scene = a_scene(0, state="draft")

    counts = review_counts(scene.sendout)

    assert (counts.people, counts.reached) == (0, 0)
    assert [each.skipped for each in counts.channels] == [0]


def test_the_people_behind_a_number_are_those_it_counts():
    scene = a_scene(3, state="draft")
    keep_away(scene.people[1], SuppressionReason.BOUNCE)
    db.session.commit()

    bounced = people_behind(scene.sendout, Slice(Channel.EMAIL, SkipReason.BOUNCED), limit=10)
    others = people_behind(scene.sendout, Slice(Channel.EMAIL, None), limit=10)

    assert [person.participant_id for person in bounced] == [scene.people[1].id]
    assert [person.participant_id for person in others] == [scene.people[0].id, scene.people[2].id]


def test_the_people_behind_a_number_come_page_by_page():
    scene = a_scene(5, state="draft")

    first = people_behind(scene.sendout, Slice(Channel.EMAIL, None), limit=3)
    rest = people_behind(scene.sendout, Slice(Channel.EMAIL, None, after=first[-1].participant_id), limit=3)

    assert [person.participant_id for person in first + rest] == [person.id for person in scene.people]


def test_the_answer_to_the_type_says_how_many_people_it_adds():
    scene = a_scene(3, state="draft", channel_plan=ChannelPlan.SMS)
    agree(scene.people[0])
    db.session.commit()

    assert reached_as(scene.sendout, CommunicationType.MARKETING) == 1
    assert reached_as(scene.sendout, CommunicationType.NON_MARKETING) == 3


def test_people_who_share_an_address_are_named_whatever_is_chosen():
    scene = a_scene(1, state="draft", one_per_address=False)
    twin = a_participant(scene.organisation, first_name="Mia", last_name="Kim", email_address=str(scene.people[0].email_address).upper())
    name(scene, twin)
    db.session.commit()

    count, shared = shared_addresses(scene.sendout)

    assert count == 1
    assert (shared[0].person, shared[0].address) == ("Mia Kim", twin.email_address)
