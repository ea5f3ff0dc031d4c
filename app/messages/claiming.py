"""Claiming a batch: the commit that follows is the hand-over mark, and the last moment to change one's mind.

Consent, suppression, pause, cancellation, quiet hours, contact cap and lateness are looked at again here, so that an opt-out
answered before a claim began is always honoured.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.domain.channels import Channel
from app.domain.contact_cap import ContactCap
from app.domain.quiet_hours import QuietChoice, QuietHours
from app.extensions import db
from app.messages.capping import cap_parameters, is_capped
from app.messages.fields import PERSON_FIELDS, fields_of
from app.messages.quieting import QuietTexts, awake_batch

# Longer than the slowest batch: 50 e-mails one by one, each 5 s to connect and 20 s to read. What dies without its slot's lock
# coming free (a machine that vanished) is found by the lease; everything else at once, by the lock.
LEASE_SECONDS = 1_500


@dataclass(frozen=True, slots=True)
class Work:
    """A running send-out that has batches ready on a channel.

    `quiet`: the hours in which its texts do not go, `cap`: how much marketing anybody may get, where the organisation has them;
    `last_batch`: of the first part of a large send-out, after which nothing goes yet.
    """

    sendout_id: int
    organisation_id: int
    quiet: QuietTexts | None = None
    cap: ContactCap | None = None
    last_batch: int | None = None

    @property
    def is_claimed_at_once(self) -> bool:
        """Whether one statement is all that claiming takes: nobody is put off beforehand, and no claim waits for another."""
        return self.quiet is None and self.cap is None


@dataclass(frozen=True, slots=True)
class Recipient:
    """A claimed message and the person it is for."""

    message_id: int
    address: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in our hands: whatever is written about it names the attempt."""

    batch_id: int
    attempt: int
    sendout_id: int
    channel: Channel
    recipients: tuple[Recipient, ...]


_LAST_BATCH = """CASE WHEN s.first_part_passed_at IS NULL
           THEN CASE :channel WHEN 'email' THEN s.first_part_to ELSE s.first_texts_to END END"""
_WORK = text(f"""
    SELECT s.id, s.organisation_id, o.has_quiet_hours AND NOT s.is_urgent AND :channel = 'sms' AS is_quiet,
           o.quiet_from, o.quiet_until, o.time_zone, s.quiet_choice,
           o.has_contact_cap AND s.communication_type = 'marketing' AS is_capped, o.contact_cap, o.contact_cap_days,
           {_LAST_BATCH} AS last_batch
    FROM sendouts s JOIN organisations o ON o.id = s.organisation_id
    WHERE s.state = 'running' AND s.is_urgent = :is_urgent AND coalesce(s.leaves_at, now()) <= now()
      AND EXISTS (SELECT FROM batches b WHERE b.sendout_id = s.id AND b.channel = :channel AND b.state = 'ready' AND b.ready_at <= now()
                  AND b.id <= coalesce({_LAST_BATCH}, 9223372036854775807))
    ORDER BY max(s.last_progress_at) OVER (PARTITION BY s.organisation_id) NULLS FIRST, s.last_progress_at NULLS FIRST, s.id""")  # noqa: S608  a constant of ours

# One statement, since each costs a way there and back: opening, judging anew, and reading whom it is for. The batch is compared
# with and not joined to: the planner, who may believe that hardly any message is pending, would go through all of them.
# The send-out is asked for by a range of one: equal to it, the planner would walk the primary key over every batch that is done.
# Its state is asked for apart: joined to, each claim may read and sort all batches that are ready, 20,000 of a million people.
_CLAIM = f"""
    WITH opened AS (
        UPDATE batches SET state = 'open', attempt = attempt + 1, claimed_at = now(), lease_until = now() + make_interval(secs => :lease),
            slot = :slot
        WHERE id = (SELECT b.id FROM batches b
                    WHERE b.sendout_id BETWEEN :sendout_id AND :sendout_id AND b.channel = :channel
                      AND b.state = 'ready' AND b.ready_at <= now() {{chosen}}
                      AND EXISTS (SELECT FROM sendouts s WHERE s.id = :sendout_id AND s.state = 'running')
                    ORDER BY b.sendout_id, b.id LIMIT 1 FOR UPDATE SKIP LOCKED)
        RETURNING id, attempt),
    mine AS MATERIALIZED (
        SELECT m.id, m.organisation_id, m.participant_id, m.channel, m.address, s.not_useful_after < now() AS is_late,
               s.communication_type = 'marketing' AS is_marketing
        FROM messages m JOIN sendouts s ON s.id = m.sendout_id
        WHERE m.batch_id = (SELECT id FROM opened) AND m.status = 'pending' ORDER BY m.id FOR UPDATE OF m),
    listed AS (
        SELECT mine.id, array_agg(u.reason) AS reasons
        FROM mine JOIN unsubscribe_entries u ON u.organisation_id = mine.organisation_id AND u.channel = mine.channel
             AND u.address = lower(mine.address) AND u.lifted_at IS NULL AND (u.scope = 'all' OR mine.is_marketing)
        GROUP BY 1),
    judged AS MATERIALIZED (
        SELECT mine.id, mine.address, mine.participant_id, CASE
            WHEN mine.is_late THEN 'too_late'
            WHEN mine.address IS NULL THEN 'no_address'
            WHEN listed.reasons && ARRAY['bad_email', 'bad_number'] THEN 'bad_address'
            WHEN 'stop' = ANY(listed.reasons) THEN 'stopped'
            WHEN 'complaint' = ANY(listed.reasons) THEN 'complained'
            WHEN listed.reasons && ARRAY['bounce', 'soft_bounces'] THEN 'bounced'
            WHEN listed.id IS NOT NULL THEN 'unsubscribed_since'
            WHEN mine.is_marketing AND mine.channel = 'sms' AND NOT EXISTS (
                SELECT FROM text_consents t WHERE t.participant_id = mine.participant_id AND t.withdrawn_at IS NULL) THEN 'no_consent'
            {{capped}}
            END AS reason
        FROM mine LEFT JOIN listed USING (id)),
    skipped AS (
        UPDATE messages SET status = 'skipped', skip_reason = judged.reason FROM judged
        WHERE messages.id = judged.id AND judged.reason IS NOT NULL)
    SELECT opened.id, opened.attempt, m.id, m.address, {PERSON_FIELDS}
    FROM opened LEFT JOIN (judged m JOIN participants p ON p.id = m.participant_id) ON m.reason IS NULL
    ORDER BY m.id"""  # noqa: S608  a constant of ours
_THAT_BATCH, _FIRST_BATCHES = "AND b.id = :batch_id", "AND b.id <= :last_batch"
_CAPPED = f"WHEN {is_capped('mine')} THEN 'contact_cap'"
# By which batch may be taken and whether there is a cap: what is not asked for must cost nothing.
_CLAIMS = {
    (chosen, is_capped): text(_CLAIM.format(chosen=chosen, capped=_CAPPED if is_capped else ""))
    for chosen in ("", _THAT_BATCH, _FIRST_BATCHES)
    for is_capped in (False, True)
}

_PERSON = f"""
    SELECT m.id, m.address, {PERSON_FIELDS}
    FROM messages m JOIN participants p ON p.id = m.participant_id"""  # noqa: S608  a constant of ours
_RECIPIENT = text(f"{_PERSON} WHERE m.id = :message_id")


def ready_work(channel: Channel, *, is_urgent: bool) -> list[Work]:
    """The running send-outs with batches ready now; workers take turns over their organisations."""
    rows = db.session.execute(_WORK, {"channel": channel, "is_urgent": is_urgent})
    return [
        Work(
            row.id,
            row.organisation_id,
            quiet=_quiet(row) if row.is_quiet else None,
            cap=ContactCap(row.contact_cap, row.contact_cap_days) if row.is_capped else None,
            last_batch=row.last_batch,
        )
        for row in rows
    ]


def claim(work: Work, channel: Channel, *, slot: str, lease_seconds: int = LEASE_SECONDS) -> Claim | None:
    """Open the next ready batch of a send-out; None when another took the last one, or it is no longer running.

    `slot` names the lock that the caller holds for as long as the batch is in its hands. Writes the skips that came since
    the freeze, and puts off whom it would reach in their quiet hours. The caller commits before it calls the provider.
    """
    asked: dict[str, Any] = {"sendout_id": work.sendout_id, "channel": channel, "slot": slot, "lease": lease_seconds}
    if work.cap is not None:
        asked |= cap_parameters(work.organisation_id, work.sendout_id, work.cap, alone=True)
    chosen = ""
    if work.quiet is not None:
        chosen, asked["batch_id"] = _THAT_BATCH, awake_batch(work.sendout_id, work.quiet, work.last_batch)
        if asked["batch_id"] is None:
            return None
    elif work.last_batch is not None:
        chosen, asked["last_batch"] = _FIRST_BATCHES, work.last_batch
    rows = db.session.execute(_CLAIMS[chosen, work.cap is not None], asked).all()
    if not rows:
        return None
    batch_id, attempt, *_ = rows[0]
    recipients = tuple(_recipient(row[2:]) for row in rows if row[2] is not None)
    return Claim(batch_id, attempt, work.sendout_id, channel, recipients)


def recipient_of(message_id: int) -> Recipient:
    """A message and the person it is for, claimed or not."""
    return _recipient(db.session.execute(_RECIPIENT, {"message_id": message_id}).one())


def _quiet(row: Any) -> QuietTexts:
    return QuietTexts(QuietHours(row.quiet_from, row.quiet_until), QuietChoice(row.quiet_choice), row.time_zone)


def _recipient(row: Sequence[Any]) -> Recipient:
    message_id, address, *person = row
    return Recipient(message_id, address, fields_of(person))
