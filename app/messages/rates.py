"""How fast we may hand over: one bucket of tokens in Redis per provider account or sender, shared by every worker.

Redis's own clock counts; a missing bucket starts empty, so that a wiped Redis slows down and never speeds up.

What is urgent has a bucket of its own beside it, of the same rate, so that it waits for no bulk; what it takes, bulk owes. For a
moment both together may be faster than the rate, which SES allows for short bursts and Twilio queues.
"""

import time
from dataclasses import dataclass, field

from redis import Redis

BATCH_LIMIT = 50
LOOK_SECONDS = 0.2  # for which nobody without a limit looks again whether there is a rest: a look costs what two e-mails do

_TAKE = """
local now = redis.call('TIME')
local at = tonumber(now[1]) + tonumber(now[2]) / 1000000
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(bucket[1]) or 0
tokens = math.min(burst, tokens + math.max(0, at - (tonumber(bucket[2]) or at)) * rate)
local wait = 0
if wanted > 0 and tokens < wanted then
    wait = (wanted - tokens) / rate
else
    tokens = tokens - wanted
end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', tostring(at))
redis.call('PEXPIRE', KEYS[1], math.ceil(60000 + math.max(0, -tokens) / rate * 1000))
return tostring(wait)
"""

# Only of buckets that are there: one that was wiped meanwhile starts empty. A debt lives as long as it takes to pay it.
_ADJUST = """
for _, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then
        local tokens = tonumber(redis.call('HINCRBYFLOAT', key, 'tokens', ARGV[1]))
        redis.call('PEXPIRE', key, math.ceil(60000 + math.max(0, -tokens) / tonumber(ARGV[2]) * 1000))
    end
end
"""

# Owing a rest and not adding to it: several slots that are told to wait at the same time wait once.
_REST = """
for _, key in ipairs(KEYS) do
    if redis.call('EXISTS', key) == 1 then
        local tokens = math.min(tonumber(redis.call('HGET', key, 'tokens') or '0'), -tonumber(ARGV[1]) * tonumber(ARGV[2]))
        redis.call('HSET', key, 'tokens', tostring(tokens))
        redis.call('PEXPIRE', key, math.ceil(60000 - tokens / tonumber(ARGV[2]) * 1000))
    end
end
"""


@dataclass(slots=True)
class Bucket:
    """One account's or sender's allowance. `per_second` None: without limit, and only a rest is ever waited for."""

    name: str
    per_second: float | None
    is_urgent: bool = False
    _looked_at: float = field(default=float("-inf"), init=False, compare=False, repr=False)

    @property
    def batch_size(self) -> int:
        """How many messages are handed over at once: a second's worth, at least 1, at most 50."""
        return BATCH_LIMIT if self.per_second is None else max(1, min(BATCH_LIMIT, int(self.per_second)))

    def take(self, redis: Redis, count: int) -> float:
        """Take `count` tokens, all or none. Returns the seconds to wait, 0 when they were taken. Raises RedisError: then nobody sends."""
        if self.per_second is None:
            return self._rest_left(redis)
        wait = float(redis.eval(_TAKE, 1, self._own, self._rate, max(self._rate, float(self.batch_size)), count))
        if self.is_urgent and not wait:
            redis.eval(_ADJUST, 1, self._shared, -count, self._rate)
        return wait

    def settle(self, redis: Redis, taken: int, used: int) -> None:
        """Give back what was taken too much, or go into debt for what was used too much (texts of several segments)."""
        if self.per_second is not None and taken != used:
            keys = {self._own, self._shared}
            redis.eval(_ADJUST, len(keys), *keys, taken - used, self._rate)

    def rest(self, redis: Redis, seconds: float) -> None:
        """Let nobody take any for so long, urgent or not: the provider asked for patience."""
        if seconds <= 0:
            return
        self._looked_at = float("-inf")
        if self.per_second is not None:
            redis.eval(_REST, 2, self._shared, self._urgent, seconds, self._rate)
        elif redis.pttl(self._resting) < seconds * 1000:
            redis.set(self._resting, 1, px=int(seconds * 1000))

    def _rest_left(self, redis: Redis) -> float:
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return 0.0
        left = max(0, redis.pttl(self._resting)) / 1000
        if not left:
            self._looked_at = time.monotonic()
        return left

    @property
    def _rate(self) -> float:
        return self.per_second or 1.0

    @property
    def _own(self) -> str:
        return self._urgent if self.is_urgent else self._shared

    @property
    def _shared(self) -> str:
        return f"tokens:{self.name}"

    @property
    def _urgent(self) -> str:
        return f"tokens:{self.name}:urgent"

    @property
    def _resting(self) -> str:
        return f"rest:{self.name}"
