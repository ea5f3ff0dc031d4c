"""What stands in doubt, for people: a person sends a batch again, which may arrive twice, or leaves it.

The unit is the batch, a hand-over of which nobody knows the end. One that is left is asked about no more and never sent
again by itself; its messages keep their status, and evidence that comes later still raises them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.domain.channels import Channel
from app.domain.doubt import LATER_SENDS, SNS_TRIES_SECONDS, Evidence, Listening, Obstacle, Rules, obstacles, settles_at
from app.domain.sendout_state import SendoutState
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.messages.settling import (
    APPLYING_SECONDS,
    LATE_NEWS,
    NEWEST_EVENTS,
    OPEN_TROUBLES,
    WAITING_RECEIPTS,
    newest_sends,
    send_again,
    web_times,
)
from app.models import Sendout
from app.web.installation import settings

MOST_BATCHES = 100  # on one page; what was left comes after what waits

_LASTING = """
    FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
    WHERE m.status = 'in_doubt' AND s.organisation_id = :organisation_id AND b.doubt_left_at IS NULL
      AND b.claimed_at <= now() - make_interval(secs => :window)"""
_BY_SENDOUT = text(f"SELECT s.id, s.title, s.state, count(*) AS people {_LASTING} GROUP BY s.id ORDER BY s.id DESC")
_BY_BATCH = text(f"""SELECT m.batch_id, m.channel, array_agg(m.id ORDER BY m.id) AS ids {_LASTING} AND s.id = :sendout_id
                     GROUP BY 1, 2 ORDER BY 1""")
_ONE_BATCH = text("""
    SELECT b.channel, b.claimed_at <= now() - make_interval(secs => :window) AS is_lasting,
           s.state, s.id AS sendout_id, array_agg(m.id ORDER BY m.id) AS ids
    FROM messages m JOIN batches b ON b.id = m.batch_id JOIN sendouts s ON s.id = m.sendout_id
    WHERE b.id = :batch_id AND b.organisation_id = :organisation_id AND m.status = 'in_doubt' GROUP BY b.id, s.id""")
_LEAVE = text("""
    UPDATE batches SET doubt_left_at = now()
    WHERE id = ANY(CAST(:ids AS bigint[])) AND organisation_id = :organisation_id AND doubt_left_at IS NULL""")

# What app.messages.settling asks for before it sends e-mail again, in figures instead of yes or no.
_EVIDENCE = text(f"""
    WITH newest AS ({NEWEST_EVENTS}),
    doubtful AS (
        SELECT b.*, s.title, s.state AS sendout_state FROM batches b JOIN sendouts s ON s.id = b.sendout_id
        WHERE b.id IN (SELECT batch_id FROM messages WHERE status = 'in_doubt' AND organisation_id = :organisation_id)
        ORDER BY b.doubt_left_at IS NOT NULL, b.sendout_id DESC, b.id LIMIT :most)
    SELECT d.id, d.sendout_id, d.title, d.channel, d.sendout_state, d.claimed_at, d.looked_at, d.doubt_left_at,
           (SELECT count(*) FROM newest WHERE occurred_at > d.claimed_at) AS later_sends,
           (SELECT count(*) {WAITING_RECEIPTS.format(since="d.claimed_at")}) AS waiting_receipts,
           trouble.happened_at AS trouble_at, coalesce(trouble.is_lasting, false) AS is_trouble_lasting,
           ({LATE_NEWS}) AS late_at,
           coalesce(web.seen_at > now() - make_interval(secs => :silence), false) AS is_web_up, web.missed_until,
           CASE WHEN web.up_since >= now() - make_interval(secs => :listening) THEN web.up_since END AS back_at
    FROM doubtful d LEFT JOIN heartbeats web ON web.name = 'web' CROSS JOIN LATERAL (
        SELECT max(t.happened_at) AS happened_at,
               bool_or(t.receipt_key IS NULL OR t.happened_at < now() - make_interval(secs => :tries)) AS is_lasting
        {OPEN_TROUBLES.format(since="d.claimed_at")}) AS trouble
    ORDER BY d.doubt_left_at IS NOT NULL, d.sendout_id DESC, d.id""")  # noqa: S608  constants of ours
_PEOPLE = text("""
    SELECT m.batch_id, m.id AS message_id, p.id AS participant_id, m.address, m.error_words,
           concat_ws(' ', nullif(p.first_name, ''), nullif(p.last_name, '')) AS name
    FROM messages m LEFT JOIN participants p ON p.id = m.participant_id AND p.organisation_id = m.organisation_id
    WHERE m.batch_id = ANY(CAST(:ids AS bigint[])) AND m.status = 'in_doubt' ORDER BY m.batch_id, m.id""")

# A cancelled or unfinished launch takes no batches: what is sent again there would wait for ever.
_SENDS = frozenset({SendoutState.RUNNING, SendoutState.PAUSED})


@dataclass(frozen=True, slots=True)
class Doubt:
    """A send-out of which it cannot be told whether some people got it."""

    sendout_id: int
    title: str
    people: int
    can_send: bool


@dataclass(frozen=True, slots=True)
class DoubtfulPerson:
    """Somebody who may or may not have got it, and why that cannot be told."""

    message_id: int
    participant_id: int | None
    name: str
    address: str | None
    why: str | None


@dataclass(frozen=True, slots=True)
class DoubtfulBatch:
    """One hand-over in doubt: whose, and what is known towards settling it."""

    batch_id: int
    sendout_id: int
    title: str
    evidence: Evidence
    left_at: datetime | None
    can_send: bool
    people: Sequence[DoubtfulPerson]

    @property
    def whys(self) -> list[str]:
        """Why it cannot be told, each reason once."""
        return list(dict.fromkeys(person.why or "No clear answer came back." for person in self.people))

    @property
    def is_lasting(self) -> bool:
        """Whether settling has had its time, so that a person may decide."""
        return self.evidence.claimed_at + rules().window <= now()

    @property
    def obstacles(self) -> list[Obstacle]:
        """Which conditions of settling do not hold."""
        return obstacles(self.evidence, rules())

    @property
    def settles_at(self) -> datetime | None:
        """When it is settled without a person at the earliest; None when it never is."""
        is_final = self.left_at is not None or any(obstacle.is_final for obstacle in self.obstacles)
        return None if is_final else settles_at(self.evidence, rules())

    @property
    def is_due(self) -> bool:
        """Whether nothing is waited for any more but what the obstacles name."""
        return self.settles_at is not None and self.settles_at <= now()


def rules() -> Rules:
    """How this installation settles."""
    return Rules(settings().settle_seconds, resends=settings().settle_policy == "resend")


def lasting_doubts(organisation_id: int) -> list[Doubt]:
    """Send-outs with messages in doubt for longer than settling takes, less what somebody left."""
    rows = db.session.execute(_BY_SENDOUT, {"organisation_id": organisation_id, "window": settings().settle_seconds})
    return [Doubt(row.id, row.title, row.people, SendoutState(row.state) in _SENDS) for row in rows]


def send_doubtful_again(sendout: Sendout) -> int:
    """Hand what is in doubt of a send-out over once more. Returns how many; raises Conflict where nothing is sent any more."""
    _check_sends(sendout.state)
    return sum(send_again(row.batch_id, row.ids, Channel(row.channel)) for row in _lasting_batches(sendout))


def leave_doubt(sendout: Sendout) -> None:
    """Ask no more about what is in doubt of a send-out by now. What is not known stays unknown."""
    _leave(sendout.organisation_id, [row.batch_id for row in _lasting_batches(sendout)])


def doubtful_batches(organisation_id: int) -> list[DoubtfulBatch]:
    """Every hand-over in doubt, the young ones included: what waits first, the newest send-out first; a hundred at most."""
    asked = {
        "organisation_id": organisation_id,
        "applying": APPLYING_SECONDS,
        "tries": SNS_TRIES_SECONDS,
        "most": MOST_BATCHES,
        **newest_sends(settings().settle_seconds),
        **web_times(settings().settle_seconds),
    }
    rows = db.session.execute(_EVIDENCE, asked).all()
    people = _people([row.id for row in rows])
    return [
        DoubtfulBatch(
            row.id,
            row.sendout_id,
            row.title,
            Evidence(
                Channel(row.channel),
                SendoutState(row.sendout_state),
                row.claimed_at,
                row.looked_at,
                min(row.later_sends, LATER_SENDS),
                row.waiting_receipts,
                row.trouble_at,
                row.is_trouble_lasting,
                row.late_at,
                Listening(row.is_web_up, row.back_at, row.missed_until),
            ),
            row.doubt_left_at,
            SendoutState(row.sendout_state) in _SENDS,
            people.get(row.id, []),
        )
        for row in rows
    ]


def send_batch_again(organisation_id: int, batch_id: int) -> tuple[int, int]:
    """Hand one batch's doubtful messages over once more. Returns the send-out and how many; raises NotFound or Conflict."""
    batch = _own(organisation_id, batch_id)
    _check_sends(batch.state)
    if not batch.is_lasting:
        raise Conflict("This is still being found out. Wait a little: it may have arrived.")
    return batch.sendout_id, send_again(batch_id, batch.ids, Channel(batch.channel))


def leave_batch(organisation_id: int, batch_id: int) -> tuple[int, int]:
    """Ask no more about one batch. Returns the send-out and how many people it is about; raises NotFound once nothing is in doubt."""
    batch = _own(organisation_id, batch_id)
    _leave(organisation_id, [batch_id])
    return batch.sendout_id, len(batch.ids)


def _lasting_batches(sendout: Sendout) -> Sequence[Row[Any]]:
    asked = {"organisation_id": sendout.organisation_id, "window": settings().settle_seconds, "sendout_id": sendout.id}
    return db.session.execute(_BY_BATCH, asked).all()


def _own(organisation_id: int, batch_id: int) -> Row[Any]:
    asked = {"batch_id": batch_id, "organisation_id": organisation_id, "window": settings().settle_seconds}
    batch = db.session.execute(_ONE_BATCH, asked).one_or_none()
    if batch is None:
        raise NotFound("Nothing of this is in doubt any more.")
    return batch


def _check_sends(state: str) -> None:
    if SendoutState(state) not in _SENDS:
        raise Conflict("This send-out does not send at the moment, so nothing of it is sent again.")


def _leave(organisation_id: int, batch_ids: Sequence[int]) -> int:
    return rows_changed(_LEAVE, {"ids": list(batch_ids), "organisation_id": organisation_id})


def _people(batch_ids: Sequence[int]) -> dict[int, list[DoubtfulPerson]]:
    found: dict[int, list[DoubtfulPerson]] = {}
    for row in db.session.execute(_PEOPLE, {"ids": list(batch_ids)}):
        found.setdefault(row.batch_id, []).append(
            DoubtfulPerson(row.message_id, row.participant_id, row.name, row.address, row.error_words)
        )
    return found
