import random
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import event, text

from app.domain.channels import Channel, ChannelPlan
from app.domain.send_path import SendPath, Turn
from app.domain.sendout_state import SendoutState
from app.domain.shown import ShownStatus
from app.extensions import db
from app.lib.clock import now
from app.messages.send_path import move
from app.models import Heartbeat, MessageEvent, Participant, TrackedLink
from app.reports.details.findings import causes, clicked_links
from app.reports.details.people import unreached_people
from app.reports.details.queries import details_of, timeline_of
from tests.factories import an_organisation, saved
from tests.reports.mixtures import a_batch, a_doubtful_row, a_participant_of, a_row, a_running_sendout

pytestmark = pytest.mark.usefixtures("database")

STANDINGS = [
    *(status for status in ShownStatus if status not in (ShownStatus.SENDING, ShownStatus.SKIPPED)),
    "skipped:no_address", "skipped:duplicate", "skipped:excluded",
]  # fmt: skip


def details(sendout, channel=None):
    db.session.flush()
    return details_of(sendout, channel)


@pytest.mark.parametrize("seed", range(5))
def test_every_line_adds_up_whatever_became_of_the_messages(seed):
    chance = random.Random(seed)
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    for _ in range(40):
        person = a_participant_of(sendout)
        for channel in Channel:
            a_row(sendout, chance.choice(STANDINGS), channel, person)

    shown = details(sendout)

    assert shown.reach.people == sendout.audience_count == 40
    assert [tab.counts.audience for tab in shown.tabs] == [40, 40]
    for tab in shown.tabs:
        assert sum(term.people for term in tab.terms) == sum(each.people for each in tab.slices) == 40
        assert sum(skip.people for skip in tab.skips) == tab.counts.shown.get(ShownStatus.SKIPPED, 0)
    assert sum(people for people, _ in shown.progress.parts) == shown.progress.everything == 80


def test_a_person_counts_once_by_the_best_of_two_channels():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    for by_email, by_text in [
        ("bounced", "delivered"), ("sent", "failed"), ("bounced", "failed"), ("skipped:duplicate", "skipped:no_address"),
        ("skipped:excluded", "skipped:excluded"), ("unsubscribed", "failed"),
    ]:  # fmt: skip
        person = a_participant_of(sendout)
        a_row(sendout, by_email, Channel.EMAIL, person)
        a_row(sendout, by_text, Channel.SMS, person)

    reach = details(sendout).reach

    assert (reach.reached, reach.waiting, reach.unreached, reach.sharing, reach.left_out) == (2, 1, 1, 1, 1)


def test_those_reached_by_none_are_listed_with_the_reason_and_in_pages():
    organisation = an_organisation()
    sendout = a_running_sendout(organisation, ChannelPlan.BOTH)
    lost = [a_participant_of(sendout, first_name=name) for name in ("Ida", "Max")]
    for person in lost:
        a_row(sendout, "bounced", Channel.EMAIL, person)
        a_row(sendout, "skipped:no_consent", Channel.SMS, person)
    a_row(sendout, "delivered")
    a_row(sendout, "skipped:excluded")
    db.session.flush()

    first = unreached_people(sendout.id, organisation.id, after=0, limit=1)
    rest = unreached_people(sendout.id, organisation.id, after=first[0].participant_id, limit=9)

    assert [each.first_name for each in [*first, *rest]] == ["Ida", "Max"]
    assert first[0].statuses == (("email", "bounced"), ("sms", "skipped"))
    assert first[0].reasons == {"sms": "no_consent"}


def test_the_people_line_of_two_channels_is_asked_again_once_its_counts_move():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH)
    row = a_row(sendout, "sent")
    a_row(sendout, "skipped:no_address", Channel.SMS, _person(row))
    assert details(sendout).reach.waiting == 1

    row.status = "delivered"
    row.delivered_at = now()
    with _an_hour_later():
        assert details(sendout).reach.reached == 1


def test_an_unfinished_sendout_is_looked_at_again_and_a_finished_one_is_not():
    sendout = a_running_sendout(an_organisation())
    row = a_row(sendout, "pending", batch_id=None)
    assert details(sendout).progress.refresh_seconds == 2

    row.status = "sent"
    row.accepted_at = now()
    finished = details(sendout)

    assert finished.chip.is_finished
    assert finished.progress.refresh_seconds is None
    assert finished.chip.words == "Sent · 1 of 1 · Finished"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"state": SendoutState.PAUSED}, "Paused"),
        ({"state": SendoutState.HELD, "held_reason": "The quota is used up."}, "The quota is used up."),
        ({"state": SendoutState.LAUNCHING, "leaves_at": now() + timedelta(hours=1)}, "Nothing has left yet"),
        ({"last_progress_at": now() - timedelta(hours=1)}, "not running"),
    ],
)
def test_the_page_says_why_it_waits(values, words):
    sendout = a_running_sendout(an_organisation(), **values)
    a_row(sendout, "pending")

    assert words in details(sendout).progress.waiting.words


def test_with_a_living_worker_it_waits_for_its_turn():
    sendout = a_running_sendout(an_organisation(), last_progress_at=now() - timedelta(hours=1))
    a_row(sendout, "pending")
    saved(Heartbeat(name="w", kind="worker sending", seen_at=now()))

    assert "turn" in details(sendout).progress.waiting.words


def test_a_throttled_sendout_says_so():
    sendout = a_running_sendout(an_organisation(), last_progress_at=now())
    a_batch(sendout, state="ready", ready_at=now() + timedelta(seconds=30))
    a_row(sendout, "pending")

    assert "slow down" in details(sendout).progress.waiting.words


@pytest.mark.parametrize(
    ("plan", "state", "is_said"),
    [(ChannelPlan.EMAIL, "running", True), (ChannelPlan.SMS, "running", False), (ChannelPlan.EMAIL, "paused", False)],
)
def test_a_sendout_under_way_says_that_its_emails_go_one_by_one(plan, state, is_said):
    sendout = a_running_sendout(an_organisation(), plan, state=state, last_progress_at=now())
    a_row(sendout, "pending", plan.channels[0])
    until = now() + timedelta(hours=1)
    move(Turn(SendPath.SINGLE, now(), until, 1, 25.0, 1_000.0, 1))

    assert details(sendout).progress.one_by_one_until == (until if is_said else None)


def test_texts_that_wait_for_their_email_are_no_work_left():
    sendout = a_running_sendout(an_organisation(), ChannelPlan.EMAIL_ELSE_SMS, last_progress_at=now())
    until = now() + timedelta(hours=3)
    row = a_row(sendout, "sent")
    a_row(sendout, "pending", Channel.SMS, _person(row), fallback_until=until)

    progress = details(sendout).progress

    assert progress.waiting.words.startswith("1 wait for their e-mail")
    assert progress.waiting.until == until
    assert progress.fallbacks == 1


def test_speed_and_time_left_come_from_the_last_half_minute():
    sendout = a_running_sendout(an_organisation(), last_progress_at=now())
    for seconds in (1, 10):
        a_batch(sendout, state="done", message_count=50, claimed_at=now() - timedelta(seconds=seconds))
    a_batch(sendout, state="done", message_count=50, claimed_at=now() - timedelta(minutes=5))
    for _ in range(5):
        a_row(sendout, "pending")

    progress = details(sendout).progress

    assert progress.per_second == pytest.approx(10, rel=0.2)
    assert progress.seconds_left == 1


def test_young_doubts_keep_a_sendout_unfinished_and_old_ones_do_not():
    sendout = a_running_sendout(an_organisation())
    doubt = a_doubtful_row(sendout, minutes=0)
    young = details(sendout)
    assert not young.chip.is_finished
    assert "Finding out" in young.progress.waiting.words

    db.session.execute(text("UPDATE batches SET claimed_at = now() - interval '2 hours' WHERE id = :id"), {"id": doubt.batch_id})
    old = details(sendout)

    assert old.chip.is_finished
    assert old.progress.old_doubts == 1


def test_untracked_says_not_tracked_and_is_no_rate():
    sendout = a_running_sendout(an_organisation(), is_tracking=False)
    a_row(sendout, "delivered")

    assert not details(sendout).tab.is_tracked


def test_clicks_are_counted_by_link_and_person_whoever_did_the_tracking():
    sendout = a_running_sendout(an_organisation())
    here, there = (
        saved(TrackedLink(organisation_id=sendout.organisation_id, sendout_id=sendout.id, position=at, url=f"https://x.example/{at}"))
        for at in (0, 1)
    )
    for key, link, is_machine in (("a", str(here.id), False), ("b", here.url, False), ("c", str(there.id), True)):
        row = a_row(sendout, "clicked")
        for again in (1, 2):
            detail = {"link": link}
            saved(
                MessageEvent(
                    organisation_id=row.organisation_id,
                    message_id=row.id,
                    channel="email",
                    event_key=f"{key}{again}",
                    kind="click",
                    is_machine=is_machine,
                    occurred_at=now(),
                    detail=detail,
                )
            )

    links = clicked_links(sendout.id, details(sendout).tab.counts)

    assert [(link.url, link.people) for link in links] == [(here.url, 2), (there.url, 0)]


def test_causes_are_counted_the_commonest_first():
    sendout = a_running_sendout(an_organisation())
    for words in ("mailbox full", "no such user", "no such user"):
        a_row(sendout, "bounced", error_words=words)

    found = causes(sendout.id, Channel.EMAIL, details(sendout).tab.counts)

    assert [(cause.words, cause.people) for cause in found] == [("no such user", 2), ("mailbox full", 1)]


def test_the_timeline_is_in_order():
    sendout = a_running_sendout(an_organisation(), first_accepted_at=now() - timedelta(days=1), last_progress_at=now())

    moments = timeline_of(sendout, {})

    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    assert {"Sent off", "First message taken by the delivery service"} <= {moment.words for moment in moments}


@pytest.mark.parametrize("rows", [3, 60])
def test_the_page_asks_the_database_as_often_for_many_people_as_for_few(rows):
    sendout = a_running_sendout(an_organisation(), ChannelPlan.BOTH, last_progress_at=now())
    for _ in range(rows):
        row = a_row(sendout, "opened")
        a_row(sendout, "pending", Channel.SMS, _person(row))
    db.session.flush()
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))

    details_of(sendout, None)

    assert len(asked) <= 10


def _person(row):
    return db.session.get_one(Participant, row.participant_id)


def _an_hour_later():
    return time_machine.travel(now() + timedelta(hours=1), tick=True)
