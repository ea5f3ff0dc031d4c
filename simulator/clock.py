"""Instants as seconds since 1970, written the ways that Amazon and Twilio write them."""

import time
from datetime import UTC, datetime
from email.utils import format_datetime


def now() -> float:
    return time.time()


def instant(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def iso_instant(seconds: float) -> str:
    """As in SES events and SNS envelopes: `2026-03-04T09:15:02.117Z`."""
    return instant(seconds).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def rfc2822_instant(seconds: float | None) -> str | None:
    """As in Twilio's resources: `Wed, 04 Mar 2026 09:15:02 +0000`."""
    return None if seconds is None else format_datetime(instant(seconds))


def receipt_instant(seconds: float) -> str:
    """As in Twilio's RawDlrDoneDate: `2603040916`."""
    return instant(seconds).strftime("%y%m%d%H%M")


def seconds_of(text: str) -> float:
    """Read a date or an ISO 8601 instant, UTC unless it says otherwise; raises ValueError on anything else."""
    instant = datetime.fromisoformat(text)
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()


def clock_face(seconds: float) -> str:
    """For the mailbox page: `09:15:02`."""
    return time.strftime("%H:%M:%S", time.localtime(seconds))
