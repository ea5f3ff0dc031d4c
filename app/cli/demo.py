"""`flask demo`: the main job from start to end without a hand, its table as it moves, and a check that it adds up."""

import json
import time
import urllib.request
from dataclasses import dataclass

import click
from flask.cli import with_appcontext
from sqlalchemy import select, text

from app.cli.sample import LIST_NAME, sample_organisation
from app.domain.audience import SkipReason, skip_words
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.resends import ResendGroup
from app.domain.shown import ShownStatus
from app.domain.status_words import WORDS
from app.extensions import db
from app.lib.clock import now
from app.messages.counts import ChannelCounts, counts_of, recount
from app.models import Organisation, ParticipantList, Sender, Sendout, SendoutList
from app.sendouts.resending import ResendChoice, resend
from app.sendouts.running import Actor, launch
from app.sendouts.waiting import not_opened

PATIENCE_SECONDS = 180
QUIET_SECONDS = 12  # nothing moved for so long, nothing is pending and the simulator is idle: it is over
UNDO_SECONDS = 1

HTML = """<h1>Spring camp, {{ first_name | default: "there" }}</h1>
<p>We have kept a place for {{ about | default: "your family" }}. <a href="https://riverside.example/camp">See the programme</a>
and <a href="https://riverside.example/kit">what to bring</a>.</p>"""
TEXT = "Riverside: spring camp starts Saturday 9:00 for {{ about | default: 'all' }}."

EMAIL_MUST_SHOW = (
    ShownStatus.SENT, ShownStatus.DELIVERED, ShownStatus.DELAYED, ShownStatus.SOFT_BOUNCED, ShownStatus.NOT_SENT, ShownStatus.BOUNCED,
    ShownStatus.BAD_EMAIL, ShownStatus.COMPLAINT, ShownStatus.SKIPPED, ShownStatus.OPENED, ShownStatus.CLICKED, ShownStatus.UNSUBSCRIBED,
)  # fmt: skip
SMS_MUST_SHOW = (
    ShownStatus.FAILED,
    ShownStatus.BAD_NUMBER,
    ShownStatus.WROTE_BACK,
    ShownStatus.STOPPED,
    ShownStatus.SKIPPED,
    ShownStatus.DELIVERED,
)
UNREAD = (ShownStatus.DELIVERED, ShownStatus.SENT)
ANSWERED = (ShownStatus.RESPONDED, ShownStatus.ACKNOWLEDGED, ShownStatus.WROTE_BACK, ShownStatus.CLICKED)
SKIPS_NEEDED = 5


class NotAsItShould(click.ClickException):
    """The demonstration did not end as it must."""


@dataclass(frozen=True, slots=True)
class Watch:
    """A send-out to watch, and where the simulator answers."""

    sendout_id: int
    simulator_url: str


@click.command()
@click.option("--simulator-url", required=True, help="Where the simulator's control API answers.")
@with_appcontext
def demo(simulator_url: str) -> None:
    """Send an e-mail and a text to sample participants, watch every status move, check the sums, resend to those who did not open."""
    club = _club()
    first = _compose(club)
    launch(first.id, Actor(club.id, None), undo_seconds=UNDO_SECONDS)
    db.session.commit()
    counts = _watch(Watch(first.id, simulator_url))
    _check_sums(first.id, counts)
    _check_statuses(counts)
    second = _resend(first, club)
    resent = _watch(Watch(second.id, simulator_url))
    _check_resend(first.id, second.id, resent)
    if differences := recount():
        raise NotAsItShould(f"counts and rows differ: {differences}")
    click.echo("Every person is accounted for, every count equals its rows, and the resend went to the right people.")


def _club() -> Organisation:
    found = db.session.scalars(select(Organisation).where(Organisation.name == "Riverside Football Club")).one_or_none()
    club = found or sample_organisation(330)
    db.session.commit()
    return club


def _compose(club: Organisation) -> Sendout:
    senders = {sender.channel: sender.id for sender in db.session.scalars(select(Sender).where(Sender.organisation_id == club.id))}
    lists = {each.name: each.id for each in db.session.scalars(select(ParticipantList).where(ParticipantList.organisation_id == club.id))}
    sendout = Sendout(
        organisation_id=club.id,
        title="Spring camp",
        communication_type=CommunicationType.MARKETING,
        channel_plan=ChannelPlan.BOTH,
        email_sender_id=senders[Channel.EMAIL],
        sms_sender_id=senders[Channel.SMS],
        subject="Spring camp: a place for {{ about | default: 'you' }}",
        html=HTML,
        sms_body=TEXT,
    )
    db.session.add(sendout)
    db.session.flush()
    db.session.add(SendoutList(organisation_id=club.id, sendout_id=sendout.id, list_id=lists[LIST_NAME]))
    db.session.add(SendoutList(organisation_id=club.id, sendout_id=sendout.id, list_id=lists["Already told by phone"], is_excluded=True))
    return sendout


def _resend(first: Sendout, club: Organisation) -> Sendout:
    waiting = not_opened(first)
    click.echo(
        f"\nResend to those who did not open: {waiting.no_sign} without a sign, {waiting.cannot_tell} where only a machine fetched it."
    )
    choice = ResendChoice(ResendGroup.NOT_OPENED, f"demo-{first.id}", no_sign=True, cannot_tell=True)
    second = resend(first.id, Actor(club.id, None), choice)
    launch(second.id, Actor(club.id, None), undo_seconds=UNDO_SECONDS)
    db.session.commit()
    return second


def _watch(watch: Watch) -> dict[Channel, ChannelCounts]:
    """Print the table whenever it moves, until nothing is left to happen."""
    begun = quiet_since = time.monotonic()
    shown: dict[Channel, ChannelCounts] = {}
    while time.monotonic() - quiet_since < QUIET_SECONDS or not _is_over(shown, watch):
        counts = counts_of([watch.sendout_id])[watch.sendout_id]
        db.session.rollback()
        if counts != shown:
            shown, quiet_since = counts, time.monotonic()
            _print_table(shown, time.monotonic() - begun)
        if time.monotonic() - begun > PATIENCE_SECONDS:
            raise NotAsItShould(f"it did not come to an end within {PATIENCE_SECONDS} seconds")
        time.sleep(1)
    return shown


def _is_over(counts: dict[Channel, ChannelCounts], watch: Watch) -> bool:
    if not counts or any(each.unfinished or ShownStatus.IN_DOUBT in each.shown for each in counts.values()):
        return False
    with urllib.request.urlopen(f"{watch.simulator_url}/control/idle", timeout=5) as answer:  # noqa: S310  an address of ours
        return bool(json.load(answer)["idle"])


def _print_table(counts: dict[Channel, ChannelCounts], seconds: float) -> None:
    click.echo(f"\n{now():%H:%M:%S}  after {seconds:4.0f} s    e-mail     SMS")
    for status in ShownStatus:
        amounts = [counts[channel].shown.get(status, 0) if channel in counts else 0 for channel in Channel]
        if any(amounts):
            click.echo(f"  {WORDS[status]:<22}{amounts[0]:>9,}{amounts[1]:>8,}")
    totals = [counts[channel].audience if channel in counts else 0 for channel in Channel]
    click.echo(f"  {'in the audience':<22}{totals[0]:>9,}{totals[1]:>8,}")


def _check_sums(sendout_id: int, counts: dict[Channel, ChannelCounts]) -> None:
    audience = db.session.get_one(Sendout, sendout_id).audience_count
    for channel, each in counts.items():
        if each.audience != audience:
            raise NotAsItShould(f"{channel}: the slices add up to {each.audience}, the audience is {audience}")
        for reason, amount in sorted(each.skipped.items()):
            click.echo(f"  skipped, {channel}: {skip_words(SkipReason(reason), channel):<40}{amount:>5}")
        opened = f"{each.opened} opened by people, {each.machine_opened} by machines only, {each.clicked} clicked"
        click.echo(f"  {channel}: {each.delivered} delivered, {opened}")


def _check_statuses(counts: dict[Channel, ChannelCounts]) -> None:
    missing = [f"{WORDS[status]} (e-mail)" for status in EMAIL_MUST_SHOW if not counts[Channel.EMAIL].shown.get(status)]
    missing += [f"{WORDS[status]} (SMS)" for status in SMS_MUST_SHOW if not counts[Channel.SMS].shown.get(status)]
    reasons = {reason for each in counts.values() for reason in each.skipped}
    if len(reasons) < SKIPS_NEEDED:
        missing.append(f"skip reasons (only {', '.join(sorted(reasons))})")
    if not counts[Channel.EMAIL].machine_opened:
        missing.append("opened by machines only")
    if missing:
        raise NotAsItShould(f"these did not occur: {', '.join(missing)}")


def _check_resend(first_id: int, second_id: int, counts: dict[Channel, ChannelCounts]) -> None:
    """Counted again from the rows of the original, without the query that the resend itself uses."""
    rows = db.session.execute(text("SELECT participant_id, channel, shown_status FROM messages WHERE sendout_id = :id"), {"id": first_id})
    shown = {(participant, channel): status for participant, channel, status in rows}
    unread = {participant for (participant, channel), status in shown.items() if channel == Channel.EMAIL and status in UNREAD}
    expected = {participant for participant in unread if shown.get((participant, Channel.SMS)) not in ANSWERED}
    actual = set(db.session.scalars(text("SELECT participant_id FROM messages WHERE sendout_id = :id"), {"id": second_id}))
    late = len(expected ^ actual)
    click.echo(f"\nThe resend had {len(actual)} people; {len(expected)} of the first send-out show no reading.")
    if late or counts[Channel.EMAIL].audience != len(actual):
        raise NotAsItShould(f"the resend differs from those who did not open by {late} people")
