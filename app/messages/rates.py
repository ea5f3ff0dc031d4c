"""How fast we may hand over: one bucket of tokens in Redis per provider account or sender, shared by every worker.

Redis's own clock counts; a missing bucket starts empty, so that a wiped Redis slows down and never speeds up.
"""

from dataclasses import dataclass

from redis import Redis

BATCH_LIMIT = 50

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

# Only of a bucket that is there: one that was wiped meanwhile starts empty. A debt lives as long as it takes to pay it.
_ADJUST = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    local tokens = tonumber(redis.call('HINCRBYFLOAT', KEYS[1], 'tokens', ARGV[1]))
    redis.call('PEXPIRE', KEYS[1], math.ceil(60000 + math.max(0, -tokens) / tonumber(ARGV[2]) * 1000))
end
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One account's or sender's allowance. `per_second` None: without limit, and Redis is not asked."""

    name: str
    per_second: float | None

    @property
    def batch_size(self) -> int:
        """How many messages are handed over at once: a second's worth, at least 1, at most 50."""
        return BATCH_LIMIT if self.per_second is None else max(1, min(BATCH_LIMIT, int(self.per_second)))

    def take(self, redis: Redis, count: int) -> float:
        """Take `count` tokens, all or none. Returns the seconds to wait, 0 when they were taken. Raises RedisError: then nobody sends."""
        return 0.0 if self.per_second is None else self._call(redis, count)

    def settle(self, redis: Redis, taken: int, used: int) -> None:
        """Give back what was taken too much, or go into debt for what was used too much (texts of several segments)."""
        if self.per_second is not None and taken != used:
            redis.eval(_ADJUST, 1, self._key, taken - used, self._rate)

    def rest(self, redis: Redis, seconds: float) -> None:
        """Let nobody take any for so long: the provider asked for patience."""
        if self.per_second is not None and seconds > 0:
            redis.eval(_ADJUST, 1, self._key, -seconds * self._rate, self._rate)

    def _call(self, redis: Redis, count: int) -> float:
        return float(redis.eval(_TAKE, 1, self._key, self._rate, max(self._rate, float(self.batch_size)), count))

    @property
    def _rate(self) -> float:
        return self.per_second or 1.0

    @property
    def _key(self) -> str:
        return f"tokens:{self.name}"
