"""What SES allows us at the moment: asked at most once a minute, and shared by every worker through Redis."""

import json
from collections.abc import Callable

import structlog

from app.extensions import redis_client
from app.providers.base import CannotAsk
from app.providers.ses import AccountQuota

log = structlog.get_logger(__name__)

KEY = "ses-quota"
FRESH_SECONDS = 60
UNKNOWN_RATE = 1.0  # what a sandbox account may: SES could not be asked, and too slow mends itself


def ses_rate(ask: Callable[[], AccountQuota]) -> float | None:
    """Recipients a second that SES takes from us; None is without limit. Raises RedisError: then nobody sends."""
    known = redis_client.client.get(KEY)
    if isinstance(known, bytes):
        rate = json.loads(known)
        return None if rate is None else float(rate)
    rate = _asked(ask)
    redis_client.client.set(KEY, json.dumps(rate), ex=FRESH_SECONDS)
    return rate


def _asked(ask: Callable[[], AccountQuota]) -> float | None:
    try:
        return ask().max_per_second
    except CannotAsk as problem:
        log.warning("SES did not say its rate", problem=str(problem))
        return UNKNOWN_RATE
