"""Channels, roles and tracking: small tables that everything else leans on."""

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.domain.events import DeliveryEvent, EventKind, Suppress
from app.domain.roles import Role
from app.domain.senders import Tracking, is_tracked
from tests.domain.samples import NOON


@pytest.mark.parametrize(
    ("plan", "channels", "fallback"),
    [
        (ChannelPlan.EMAIL, (Channel.EMAIL,), None),
        (ChannelPlan.SMS, (Channel.SMS,), None),
        (ChannelPlan.BOTH, (Channel.EMAIL, Channel.SMS), None),
        (ChannelPlan.EMAIL_ELSE_SMS, (Channel.EMAIL, Channel.SMS), Channel.SMS),
        (ChannelPlan.SMS_ELSE_EMAIL, (Channel.SMS, Channel.EMAIL), Channel.EMAIL),
    ],
)
def test_a_plan_names_its_channels_in_order_and_the_one_that_waits(plan, channels, fallback):
    assert plan.channels == channels
    assert plan.fallback is fallback


def test_each_role_may_do_what_the_ones_below_it_may():
    downwards = [Role.OWNER, Role.ORGANISER, Role.AUTHOR, Role.VIEWER, Role.TREASURER]

    for place, role in enumerate(downwards):
        assert [other for other in downwards if role.includes(other)] == downwards[place:]


@pytest.mark.parametrize(
    ("organisation", "sender", "sendout", "tracked"),
    [
        (True, Tracking.AS_ORGANISATION, True, True),
        (False, Tracking.AS_ORGANISATION, True, False),
        (False, Tracking.ON, True, True),
        (True, Tracking.OFF, True, False),
        (True, Tracking.ON, False, False),
    ],
)
def test_the_sender_wins_over_the_organisation_and_a_send_out_can_only_switch_off(organisation, sender, sendout, tracked):
    assert is_tracked(organisation=organisation, sender=sender, sendout=sendout) is tracked


def test_what_a_provider_said_asks_nothing_of_the_list_unless_it_is_told_to():
    heard = DeliveryEvent(Channel.EMAIL, EventKind.NOTHING, event_key="k1", provider_ref="r1", occurred_at=NOON)

    assert heard.suppress is Suppress.NOTHING
    assert heard.status is None
