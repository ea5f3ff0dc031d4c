import random
import threading
from collections import Counter
from dataclasses import asdict
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from app.domain.audience import SkipReason
from app.domain.channels import Channel, ChannelPlan
from app.domain.delivery import DeliveryStatus, rung
from app.domain.shown import Facts, OptOutMethod, ShownStatus, shown_status
from app.extensions import db
from app.lib.clock import now
from app.messages.counts import ChannelCounts, counts_of, recount, squash_deltas
from app.models import Message, SendoutCount, SendoutCountDelta
from tests.factories import a_message, a_participant, a_sendout, an_organisation
from tests.scenes import a_frozen_scene, claimed, messages_of, run_sql

pytestmark = pytest.mark.usefixtures("database")

STORED = [status for status in DeliveryStatus if status is not DeliveryStatus.SENDING]
TIMES = [name for name in Facts.__dataclass_fields__ if name.endswith("_at")]


def skip_of(status):
    return SkipReason.STOPPED if status is DeliveryStatus.SKIPPED else None


@pytest.mark.parametrize("status", DeliveryStatus)
def test_the_ladder_is_the_same_in_the_database(status):
    assert db.session.execute(text("SELECT delivery_rung(:status)"), {"status": status}).scalar_one() == rung(status)


def every_standing():
    """The whole product: statuses, facts known or not, ways of opting out."""
    instant = now()
    others = [name for name in TIMES if name != "opted_out_at"]
    for status, method in product(STORED, [None, *OptOutMethod]):
        for known in product([None, instant], repeat=len(others)):
            times: dict[str, Any] = dict(zip(others, known, strict=True))
            yield status, Facts(**times, opted_out_at=instant if method else None, opted_out_by=method)


def test_what_is_shown_is_the_same_in_the_database_for_every_status_and_all_facts():
    sendout = a_sendout(an_organisation())
    standings = list(every_standing())
    rows = [
        {"organisation_id": sendout.organisation_id, "sendout_id": sendout.id, "participant_id": number, "channel": "email",
         "status": status, "skip_reason": skip_of(status), **asdict(facts)}
        for number, (status, facts) in enumerate(standings)
    ]  # fmt: skip
    db.session.execute(insert(Message), rows)

    shown = db.session.scalars(select(Message.shown_status).order_by(Message.participant_id)).all()

    assert len(shown) == len(STORED) * 2 ** (len(TIMES) - 1) * (1 + len(OptOutMethod))
    assert shown == [shown_status(status, facts) for status, facts in standings]


def expected_counts(messages):
    """The counters of one channel, worked out row by row."""
    shown: Counter[ShownStatus] = Counter(each.shown_status for each in messages)
    skipped = Counter(each.skip_reason for each in messages if each.skip_reason)
    facts = dict.fromkeys(("accepted", "delivered", "opened", "machine_opened", "clicked", "machine_clicked"), 0)
    for each in messages:
        opened = each.opened_at or each.clicked_at or each.acknowledged_at or each.responded_at
        facts["accepted"] += each.accepted_at is not None
        facts["delivered"] += each.delivered_at is not None and each.status not in ("bounced", "bad_email")
        facts["opened"] += opened is not None
        facts["machine_opened"] += opened is None and each.machine_opened_at is not None
        facts["clicked"] += each.clicked_at is not None
        facts["machine_clicked"] += each.clicked_at is None and each.machine_clicked_at is not None
    return ChannelCounts(dict(shown), dict(skipped), **facts)


def random_changes(chance):
    status = chance.choice(STORED)
    changes = {"status": status, "skip_reason": skip_of(status)}
    for name in [*TIMES, "accepted_at", "delivered_at"]:
        if chance.random() < 0.3:
            changes[name] = chance.choice([None, now()])
    if "opted_out_at" in changes:
        changes["opted_out_by"] = None if changes["opted_out_at"] is None else chance.choice(list(OptOutMethod))
    return changes


@pytest.mark.parametrize("seed", range(8))
def test_counts_are_exact_after_any_history(seed):
    chance = random.Random(seed)
    scene = a_frozen_scene(6, channel_plan=chance.choice(list(ChannelPlan)))
    for _ in range(25):
        messages = messages_of(scene)
        touched = chance.sample(messages, chance.randint(1, len(messages)))
        changes = random_changes(chance)
        db.session.execute(update(Message).where(Message.id.in_([each.id for each in touched])).values(changes))
        if chance.random() < 0.2:
            db.session.rollback()
        else:
            db.session.commit()
        if chance.random() < 0.3:
            squash_deltas()
            db.session.commit()

    counted = counts_of([scene.sendout.id])[scene.sendout.id]

    assert recount() == []
    for channel, counts in counted.items():
        assert counts == expected_counts(messages_of(scene, channel))
        assert counts.audience == 6


def test_counts_before_a_send_out_starts_are_none():
    assert counts_of([41, 42]) == {41: {}, 42: {}}
    assert counts_of([]) == {}


def test_a_batch_in_a_workers_hands_shows_as_sending():
    scene = a_frozen_scene(3, email=2)
    claim = claimed(scene)
    run_sql("UPDATE messages SET status = 'sent' WHERE id = :id", id=claim.recipients[0].message_id)

    counts = counts_of([scene.sendout.id])[scene.sendout.id][Channel.EMAIL]

    assert counts.shown == {ShownStatus.SENT: 1, ShownStatus.SENDING: 1, ShownStatus.PENDING: 1}
    assert (counts.audience, counts.unfinished) == (3, 2)


def test_squashing_leaves_totals_and_takes_every_delta():
    scene = a_frozen_scene(3)
    before = counts_of([scene.sendout.id])

    squash_deltas()
    db.session.commit()

    assert counts_of([scene.sendout.id]) == before
    assert db.session.scalar(select(func.count()).select_from(SendoutCountDelta)) == 0
    assert dict(db.session.execute(select(SendoutCount.counter, SendoutCount.amount)).all()) == {"shown:pending": 3}


def test_a_deleted_send_outs_deltas_hold_up_nobody_elses():
    gone, scene = a_frozen_scene(1), a_frozen_scene(2)
    run_sql("DELETE FROM sendouts WHERE id = :id", id=gone.sendout.id)

    squash_deltas()
    db.session.commit()

    assert recount() == []
    assert counts_of([scene.sendout.id])[scene.sendout.id][Channel.EMAIL].audience == 2


def test_a_wrong_count_is_found():
    scene = a_frozen_scene(2)
    run_sql("UPDATE sendout_count_deltas SET amount = amount + 1")

    assert recount() == [(scene.sendout.id, "email", "shown:pending", -1)]


def test_readers_see_the_same_sum_while_deltas_are_folded(app):
    organisation = an_organisation()
    sendout = a_sendout(organisation)
    for _ in range(20):
        a_message(sendout, a_participant(organisation))
    db.session.commit()
    sendout_id, stop = sendout.id, threading.Event()

    def churn():
        with app.app_context():
            while not stop.is_set():
                db.session.execute(text("UPDATE messages SET status = CASE status WHEN 'sent' THEN 'delivered' ELSE 'sent' END"))
                db.session.commit()
                squash_deltas()
                db.session.commit()
            db.session.remove()

    churners = [threading.Thread(target=churn) for _ in range(2)]
    for thread in churners:
        thread.start()
    sums = set()
    for _ in range(60):
        sums.add(counts_of([sendout_id])[sendout_id][Channel.EMAIL].audience)
        db.session.rollback()
    stop.set()
    for thread in churners:
        thread.join(20)

    assert sums == {20}
    assert recount() == []
