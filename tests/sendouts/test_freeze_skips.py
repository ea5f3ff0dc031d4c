import pytest

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.lib.clock import now
from tests.factories import a_participant, an_organisation
from tests.scenes import a_scene, freeze, messages_of, run_sql
from tests.sendouts.crowds import agree, keep_away, leave_out, name, reasons

pytestmark = pytest.mark.usefixtures("database")

BOTH = ChannelPlan.BOTH


SUPPRESSED = [
    (SuppressionReason.BOUNCE, SkipReason.BOUNCED),
    (SuppressionReason.SOFT_BOUNCES, SkipReason.BOUNCED),
    (SuppressionReason.COMPLAINT, SkipReason.COMPLAINED),
    (SuppressionReason.BAD_EMAIL, SkipReason.BAD_ADDRESS),
    (SuppressionReason.BAD_NUMBER, SkipReason.BAD_ADDRESS),
    (SuppressionReason.STOP, SkipReason.STOPPED),
    (SuppressionReason.UNSUBSCRIBE, SkipReason.UNSUBSCRIBED),
    (SuppressionReason.MANUAL, SkipReason.UNSUBSCRIBED),
]


@pytest.mark.parametrize(("suppression", "expected"), SUPPRESSED)
@pytest.mark.parametrize("channel", list(Channel))
def test_who_is_on_the_list_is_skipped_for_its_reason(suppression, expected, channel):
    scene = a_scene(2, channel_plan=BOTH, communication_type=CommunicationType.MARKETING)
    for person in scene.people:
        agree(person)
    keep_away(scene.people[0], suppression, channel)

    freeze(scene.sendout)

    assert reasons(scene, channel) == [expected, None]
    assert [reasons(scene, other) for other in Channel if other is not channel] == [[None, None]]


def test_a_non_marketing_message_ignores_the_marketing_scope_alone():
    scene = a_scene(2)
    keep_away(scene.people[0], SuppressionReason.UNSUBSCRIBE)
    keep_away(scene.people[1], SuppressionReason.MANUAL, scope=SuppressionScope.ALL)

    freeze(scene.sendout)

    assert reasons(scene) == [None, SkipReason.UNSUBSCRIBED]


def test_a_lifted_entry_and_another_organisations_keep_nobody_away():
    scene = a_scene(2)
    keep_away(scene.people[0], SuppressionReason.BOUNCE)
    run_sql("UPDATE unsubscribe_entries SET lifted_at = now()")
    stranger = a_participant(an_organisation(), email_address=scene.people[1].email_address)
    keep_away(stranger, SuppressionReason.BOUNCE)

    freeze(scene.sendout)

    assert reasons(scene) == [None, None]


def test_the_list_is_searched_without_regard_to_case():
    scene = a_scene(1)
    scene.people[0].email_address = "Asha.Patel@Example.net"
    keep_away(scene.people[0], SuppressionReason.BOUNCE)

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.BOUNCED]


def test_nobody_without_address_or_with_a_bad_one_is_written_to():
    scene = a_scene(4, channel_plan=BOTH)
    scene.people[0].email_address = None
    scene.people[1].is_bad_email = True
    scene.people[2].phone_number = None
    scene.people[3].is_bad_number = True

    freeze(scene.sendout)

    assert reasons(scene, Channel.EMAIL) == [SkipReason.NO_ADDRESS, SkipReason.BAD_ADDRESS, None, None]
    assert reasons(scene, Channel.SMS) == [None, None, SkipReason.NO_ADDRESS, SkipReason.BAD_ADDRESS]


def test_of_an_excluded_list_everybody_is_skipped_as_excluded():
    scene = a_scene(3)
    outsider = a_participant(scene.organisation)
    leave_out(scene, scene.people[0], outsider)
    name(scene, scene.people[1], is_excluded=True)

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.EXCLUDED, SkipReason.EXCLUDED, None]


def test_one_message_an_address_goes_to_the_first_and_names_them():
    scene = a_scene(3)
    scene.people[0].email_address = "Family@example.net"
    scene.people[2].email_address = "family@EXAMPLE.net"

    freeze(scene.sendout)

    rows = messages_of(scene)
    assert [row.skip_reason for row in rows] == [None, None, SkipReason.DUPLICATE]
    assert rows[2].duplicate_of == scene.people[0].id


def test_an_excluded_person_is_nobodys_first():
    scene = a_scene(2)
    scene.people[1].email_address = scene.people[0].email_address
    leave_out(scene, scene.people[0])

    freeze(scene.sendout)

    assert reasons(scene) == [SkipReason.EXCLUDED, None]


def test_one_message_a_person_goes_to_all_who_share_an_address():
    scene = a_scene(2, one_per_address=False)
    scene.people[1].email_address = scene.people[0].email_address

    freeze(scene.sendout)

    assert reasons(scene) == [None, None]


def test_a_marketing_text_needs_a_consent_that_stands():
    scene = a_scene(3, channel_plan=BOTH, communication_type=CommunicationType.MARKETING)
    agree(scene.people[0])
    agree(scene.people[1], withdrawn_at=now())

    freeze(scene.sendout)

    assert reasons(scene, Channel.SMS) == [None, SkipReason.NO_CONSENT, SkipReason.NO_CONSENT]
    assert reasons(scene, Channel.EMAIL) == [None, None, None]


def test_of_those_who_share_a_number_the_one_who_agreed_gets_the_marketing_text():
    scene = a_scene(2, channel_plan=ChannelPlan.SMS, communication_type=CommunicationType.MARKETING)
    scene.people[1].phone_number = scene.people[0].phone_number
    agree(scene.people[1])

    freeze(scene.sendout)

    rows = messages_of(scene)
    assert [row.skip_reason for row in rows] == [SkipReason.DUPLICATE, None]
    assert rows[0].duplicate_of == scene.people[1].id


FALLBACKS = [
    # what is wrong with the first channel, and what becomes of the second
    ("no address", ("pending", None, False)),
    ("bad address", ("pending", None, False)),
    ("bounced", ("pending", None, False)),
    ("fine", ("pending", None, True)),
    ("unsubscribed", ("skipped", SkipReason.UNSUBSCRIBED, False)),
    ("complained", ("skipped", SkipReason.COMPLAINED, False)),
    ("duplicate", ("skipped", SkipReason.DUPLICATE, False)),
    ("excluded", ("skipped", SkipReason.EXCLUDED, False)),
]


def spoil(scene, trouble):
    first, person = scene.people
    if trouble == "no address":
        person.email_address = None
    if trouble == "bad address":
        person.is_bad_email = True
    if trouble == "duplicate":
        person.email_address = first.email_address
    if trouble == "excluded":
        leave_out(scene, person)
    on_list = {
        "bounced": SuppressionReason.BOUNCE,
        "unsubscribed": SuppressionReason.UNSUBSCRIBE,
        "complained": SuppressionReason.COMPLAINT,
    }
    if trouble in on_list:
        keep_away(person, on_list[trouble], scope=SuppressionScope.ALL)


@pytest.mark.parametrize(("trouble", "expected"), FALLBACKS)
def test_email_else_sms_texts_at_once_only_whom_no_email_can_reach(trouble, expected):
    scene = a_scene(2, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    spoil(scene, trouble)

    freeze(scene.sendout)

    text = messages_of(scene, Channel.SMS)[1]
    assert (text.status, text.skip_reason, text.fallback_until is not None) == expected
    assert (text.batch_id is not None) == (text.status == "pending" and text.fallback_until is None)
    assert text.duplicate_of == (scene.people[0].id if trouble == "duplicate" else None)


def test_a_second_channel_that_cannot_be_used_says_why_itself():
    scene = a_scene(2, channel_plan=ChannelPlan.EMAIL_ELSE_SMS)
    scene.people[0].phone_number = None

    freeze(scene.sendout)

    assert reasons(scene, Channel.SMS)[0] == SkipReason.NO_ADDRESS


def test_sms_else_email_writes_at_once_to_those_who_stopped_texts_alone():
    scene = a_scene(1, channel_plan=ChannelPlan.SMS_ELSE_EMAIL)
    keep_away(scene.people[0], SuppressionReason.STOP, Channel.SMS)

    freeze(scene.sendout)

    email, text = messages_of(scene)
    assert (text.status, text.skip_reason) == ("skipped", SkipReason.STOPPED)
    assert (email.status, email.fallback_until, email.batch_id is not None) == ("pending", None, True)


def test_sms_else_email_writes_at_once_to_those_who_never_agreed_to_marketing_texts():
    scene = a_scene(1, channel_plan=ChannelPlan.SMS_ELSE_EMAIL, communication_type=CommunicationType.MARKETING)

    freeze(scene.sendout)

    email, text = messages_of(scene)
    assert (text.status, text.skip_reason) == ("skipped", SkipReason.NO_CONSENT)
    assert (email.status, email.fallback_until, email.batch_id is not None) == ("pending", None, True)
