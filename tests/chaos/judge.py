"""The verdict on a run: the provider's own log of what it took, against our ledger."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.delivery import DeliveryStatus
from app.messages.counts import recount
from app.messages.doubt import doubtful_batches
from tests.chaos.optouts import OptOut
from tests.chaos.sight import let_go, rows, scalar

NOT_TAKEN = frozenset({DeliveryStatus.SKIPPED, DeliveryStatus.CANCELLED})  # everybody else has a way to be reached
IN_DOUBT = DeliveryStatus.IN_DOUBT
NOT_HANDED_OVER = frozenset({DeliveryStatus.PENDING, DeliveryStatus.NOT_SENT, DeliveryStatus.BAD_EMAIL, DeliveryStatus.BAD_NUMBER})
MOST_SHOWN = 8


@dataclass(frozen=True)
class Taken:
    """An acceptance, by our own message and attempt as the provider was given them."""

    message_id: int
    attempt: int
    to: str


@dataclass(frozen=True)
class Case:
    """What there is to judge: the send-outs with the rows that each must have, and what people were promised."""

    organisation_id: int
    wanted: Mapping[int, int]
    opt_outs: Sequence[OptOut]
    held_reasons: Sequence[str]
    policy: str
    has_lost_callbacks: bool


@dataclass
class Verdict:
    """What is wrong, in words, how many stand in doubt, and how many batches a slot had in its hands at once."""

    faults: list[str] = field(default_factory=list)
    in_doubt: int = 0
    at_once: int = 0


def judge(case: Case, accepted: Sequence[Mapping[str, Any]]) -> Verdict:
    """Everybody accounted for, nobody lost, nobody twice, no promise broken, every count true."""
    taken = [taken_from(each) for each in accepted]
    messages = rows("SELECT * FROM messages WHERE sendout_id = ANY(:ids) ORDER BY id", ids=list(case.wanted))
    verdict = Verdict(in_doubt=sum(each.status == IN_DOUBT for each in messages), at_once=_at_once(messages))
    checks = (
        _accounted(case, messages), _twice(taken), _lost(case, messages, taken), _skips(case), _promises(case.opt_outs, taken),
        _doubts(case, messages), _holds(case), _receipts(), _counts(),
    )  # fmt: skip
    verdict.faults.extend(fault for check in checks for fault in check)
    return verdict


def _at_once(messages: Sequence[Any]) -> int:
    asked = "SELECT coalesce(max(at_once), 0) FROM chaos_claims WHERE message_id = ANY(:ids)"
    return int(scalar(asked, ids=[each.id for each in messages]))


def taken_from(line: Mapping[str, Any]) -> Taken:
    """SES has the message and attempt in tags, Twilio in the address of its callbacks."""
    tags = line["tags"] or dict(part.split("=") for part in line["callback_url"].partition("?")[2].partition("#")[0].split("&"))
    return Taken(int(tags.get("message_id") or tags["m"]), int(tags.get("attempt") or tags["a"]), line["to"])


def _accounted(case: Case, messages: Sequence[Any]) -> Iterator[str]:
    found = Counter(each.sendout_id for each in messages)
    for sendout_id, wanted in case.wanted.items():
        if found[sendout_id] != wanted:
            yield f"send-out {sendout_id} has {found[sendout_id]} rows for {wanted}"


def _twice(taken: Sequence[Taken]) -> Iterator[str]:
    attempts = defaultdict(list)
    for each in taken:
        attempts[each.message_id].append(each.attempt)
    twice = {message_id: sorted(tried) for message_id, tried in attempts.items() if len(tried) > 1}
    if twice:
        yield f"{len(twice)} accepted twice: {_shown([f'{message_id} in attempts {tried}' for message_id, tried in twice.items()])}"


def _lost(case: Case, messages: Sequence[Any], taken: Sequence[Taken]) -> Iterator[str]:
    """The ledger says that it went and the provider never took it, or the other way round."""
    was_taken = {each.message_id for each in taken}
    excused = NOT_TAKEN | {IN_DOUBT}
    lost = [each for each in messages if each.id not in was_taken and each.status not in excused]
    denied = [each for each in messages if each.id in was_taken and each.status in NOT_TAKEN | NOT_HANDED_OVER]
    if not case.has_lost_callbacks:
        denied += [each for each in messages if each.id in was_taken and each.status == IN_DOUBT]
    unknown = was_taken - {each.id for each in messages}
    for what, found in (("lost", lost), ("accepted, and not known so", denied)):
        if found:
            yield f"{len(found)} {what}: {_shown([f'{each.id} {each.channel} {each.status}' for each in found])}"
    if unknown:
        yield f"accepted and in no ledger: {_shown(sorted(unknown))}"


def _skips(case: Case) -> Iterator[str]:
    """Nobody is left out who did not say no; who said it and heard nothing is on the list all the same."""
    asked = """SELECT m.id, m.skip_reason FROM messages m WHERE m.sendout_id = ANY(:ids) AND m.status = 'skipped' AND NOT EXISTS (
                   SELECT FROM unsubscribe_entries u
                   WHERE u.organisation_id = m.organisation_id AND u.channel = m.channel AND u.address = lower(m.address))"""
    skipped = rows(asked, ids=list(case.wanted))
    if skipped:
        yield f"{len(skipped)} skipped of whom nobody said no: {_shown([tuple(each) for each in skipped])}"


def _promises(opt_outs: Sequence[OptOut], taken: Sequence[Taken]) -> Iterator[str]:
    """Nobody who was answered before a claim began is among those whom it handed over."""
    asked = "SELECT message_id, attempt, extract(epoch FROM began_at) AS began FROM chaos_claims WHERE message_id = ANY(:ids)"
    claims = {(each.message_id, each.attempt): float(each.began) for each in rows(asked, ids=[each.message_id for each in opt_outs])}
    by_message = {each.message_id: each.answered_at for each in opt_outs}
    theirs = [each for each in taken if each.message_id in by_message]
    broken = [each for each in theirs if claims[each.message_id, each.attempt] > by_message[each.message_id]]
    if broken:
        yield f"{len(broken)} written to after they were told that they would not: {_shown(broken)}"


def _doubts(case: Case, messages: Sequence[Any]) -> Iterator[str]:
    """Under `resend` none is left; under `ask` each says why, and what is missing."""
    doubtful = [each for each in messages if each.status == IN_DOUBT]
    if case.policy == "resend":
        if doubtful:
            yield f"{len(doubtful)} left in doubt: {_shown([f'{each.id} {each.channel}' for each in doubtful])}"
        return
    explained = {person.message_id for batch in doubtful_batches(case.organisation_id) if batch.obstacles for person in batch.people}
    let_go()
    dumb = [each.id for each in doubtful if each.id not in explained or not each.error_words]
    if dumb:
        yield f"{len(dumb)} in doubt without a reason: {_shown(dumb)}"


def _holds(case: Case) -> Iterator[str]:
    for reason in case.held_reasons:
        if "resume" not in reason.lower():
            yield f"held without saying what to do: {reason!r}"


def _receipts() -> Iterator[str]:
    left = rows("SELECT kind, count(*), min(problem) FROM callback_receipts WHERE applied_at IS NULL GROUP BY 1")
    for kind, count, problem in left:
        yield f"{count} callbacks of {kind} without effect: {problem}"


def _counts() -> Iterator[str]:
    differences = recount()
    let_go()
    if differences:
        yield f"counts and rows differ: {_shown(differences)}"


def _shown(found: Sequence[object]) -> str:
    more = f" and {len(found) - MOST_SHOWN} more" if len(found) > MOST_SHOWN else ""
    return ", ".join(map(str, found[:MOST_SHOWN])) + more
