"""E-mail through Amazon SES v2: the account, and the two ways of handing mail over."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config

from app.providers.base import CannotAsk, EmailCall, EmailCarrier, Outcome, OutgoingEmail, Throttled, Unknown
from app.providers.ses_outcomes import SES_ERRORS, accepted, entry_outcome, error_outcome, is_bad_request
from app.providers.ses_requests import bulk_request, single_request
from app.providers.ses_wire import carry_in_one_go

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_UNLIMITED = -1.0
MOST_AT_ONCE = 10  # single calls of one process under way
WORTH_WAITING_TOGETHER = 4.0  # times as long as a call keeps us busy: that of a service in the same place takes two or three


def ses_client(region: str, endpoint_url: str | None = None, *, pool_size: int = 10) -> SESV2Client:
    """A client that never repeats a request by itself: SES has no idempotency token, and a repeat is a second mail.

    Its parameter check is off: it took a third of the CPU of a call of 50 (0.088 against 0.060 ms a message, measured),
    and our requests are built in one place; what SES dislikes it answers.
    """
    config = Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=pool_size,
        tcp_keepalive=True,
        parameter_validation=False,
        user_agent=f"Sendout Boto3/{boto3.__version__}",  # it puts together one of its own for each request: 3 % of what sending takes
    )
    client = _session().client("sesv2", region_name=region, endpoint_url=endpoint_url or None, config=config)
    carry_in_one_go(client)
    return client


def read_descriptions(region: str) -> None:
    """Read now what botocore knows of SES, once for this process and those forked from it: four fifths of what making a client takes.

    The client that has it read is thrown away. It has credentials of its own, so that nobody is asked for the real ones.
    """
    _session().client("sesv2", region_name=region, aws_access_key_id="none", aws_secret_access_key="none")  # noqa: S106  no secret


def _session() -> boto3.session.Session:
    """One of its own a client: the default session is not thread-safe, and one that is kept would keep its credentials."""
    session = botocore.session.get_session()
    session.register_component("data_loader", _descriptions())
    return boto3.session.Session(botocore_session=session)


@cache
def _descriptions() -> Any:  # botocore's Loader, which has no stubs
    return botocore.session.get_session().get_component("data_loader")


class SesMail:
    """Carries up to 50 people's e-mail in one `SendBulkEmail`; mail with attachments one by one."""

    def __init__(self, client: SESV2Client, single: EmailCarrier | None = None) -> None:
        self._client = client
        self._single = single or SesSingleMail(client)

    def hand_over(self, call: EmailCall) -> list[Outcome]:
        """One call, one outcome a person in order.

        SES says of a bad request only that it is bad. Nothing was taken then, so each person is tried alone,
        and one faulty address does not cost the other 49 their mail. By the single call: an account may allow few bulk ones.
        """
        if not call.messages:
            return []
        if call.attachments:
            return self._single.hand_over(call)
        try:
            answer = self._client.send_bulk_email(**bulk_request(call))
        except SES_ERRORS as error:
            if is_bad_request(error) and len(call.messages) > 1:
                return self._single.hand_over(call)
            return [error_outcome(error, message.to) for message in call.messages]

        results = answer.get("BulkEmailEntryResults") or []
        outcomes = [entry_outcome(result, message.to) for result, message in zip(results, call.messages, strict=False)]
        missing = len(call.messages) - len(outcomes)
        return outcomes + [Unknown("Amazon SES answered for fewer people than we named.")] * missing


class SesSingleMail:
    """Carries e-mail one `SendEmail` a person: for attachments, and for accounts that throttle the bulk call.

    Up to `at_once` calls are under way where a call waits longer than it works; where it only works they would be in each other's way.
    """

    def __init__(self, client: SESV2Client, at_once: int = MOST_AT_ONCE) -> None:
        self._client = client
        self._at_once = at_once

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._at_once, thread_name_prefix="mail")

    def hand_over(self, call: EmailCall) -> list[Outcome]:
        """One call a person; after an answer that asks for patience, or none, those whose call has not begun are not tried."""
        if not call.messages:
            return []
        series = _Series(lambda message: self._hand_over_one(call, message))
        first, *rest = call.messages
        began, worked = time.monotonic(), time.thread_time()
        outcomes = [series.hand_over(first)]
        waits = (time.monotonic() - began) / max(1e-6, time.thread_time() - worked)
        together = self._at_once if waits > WORTH_WAITING_TOGETHER else 1
        for begin in range(0, len(rest), together):
            if not call.goes_on():
                series.stop(Throttled(0.0, "It was paused before its turn."))
            part = rest[begin : begin + together]
            outcomes += self._pool.map(series.hand_over, part) if together > 1 else map(series.hand_over, part)
        return outcomes

    def _hand_over_one(self, call: EmailCall, message: OutgoingEmail) -> Outcome:
        try:
            return accepted(self._client.send_email(**single_request(call, message)))
        except SES_ERRORS as error:
            return error_outcome(error, message.to)


class _Series:
    """Calls that belong together, made by one thread or many: once one asks for patience, those not begun are not made."""

    def __init__(self, hand_over_one: Callable[[OutgoingEmail], Outcome]) -> None:
        self._hand_over_one = hand_over_one
        self._stopped_by: Throttled | Unknown | None = None

    def stop(self, why: Throttled) -> None:
        """Make no more calls."""
        self._stopped_by = self._stopped_by or why

    def hand_over(self, message: OutgoingEmail) -> Outcome:
        """Its outcome, or that it was not tried."""
        if self._stopped_by is not None:
            return _not_tried(self._stopped_by)
        outcome = self._hand_over_one(message)
        if isinstance(outcome, Throttled | Unknown):
            self._stopped_by = outcome
        return outcome


def _not_tried(last: Outcome) -> Throttled:
    if isinstance(last, Throttled):
        return last
    return Throttled(2.0, "Not tried yet: Amazon SES gave no clear answer to the message before it.")


@dataclass(frozen=True, slots=True)
class AccountQuota:
    """What the account may send; None means without limit. `enforcement` is SES's own word (HEALTHY, PROBATION, SHUTDOWN …)."""

    max_per_second: float | None
    max_24_hours: float | None
    sent_24_hours: float
    is_sending_enabled: bool
    is_production: bool
    enforcement: str

    @property
    def left_24_hours(self) -> int | None:
        """How many more e-mails it takes now; None without limit. What went counts until it is 24 hours old."""
        return None if self.max_24_hours is None else max(0, int(self.max_24_hours - self.sent_24_hours))


def account_quota(client: SESV2Client) -> AccountQuota:
    """The account's limits now. SES allows this question once a second for all of us: ask once a minute. Raises CannotAsk."""
    try:
        account = client.get_account()
    except SES_ERRORS as error:
        raise CannotAsk(f"Amazon SES did not tell its limits: {error}") from error

    quota = account.get("SendQuota", {})
    return AccountQuota(
        max_per_second=_limit(quota.get("MaxSendRate")),
        max_24_hours=_limit(quota.get("Max24HourSend")),
        sent_24_hours=quota.get("SentLast24Hours", 0.0),
        is_sending_enabled=account.get("SendingEnabled", False),
        is_production=account.get("ProductionAccessEnabled", False),
        enforcement=account.get("EnforcementStatus", ""),
    )


def lift_suppression(client: SESV2Client, address: str) -> None:
    """Take the address off SES's own account suppression list; content if it was not on it. Raises CannotAsk."""
    try:
        client.delete_suppressed_destination(EmailAddress=address)
    except client.exceptions.NotFoundException:
        return
    except SES_ERRORS as error:
        raise CannotAsk(f"Amazon SES keeps the address on its own list: {error}") from error


def _limit(value: float | None) -> float | None:
    return None if value is None or value == _UNLIMITED else value
