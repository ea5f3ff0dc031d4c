import time

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.extensions import redis_client
from app.messages.quota import FRESH_SECONDS, KEY, UNKNOWN_RATE, ses_rate
from app.messages.rates import Bucket
from tests.fakes import FakeProviders

pytestmark = pytest.mark.usefixtures("database")

NOWHERE = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))


def tokens(bucket):
    return float(redis_client.client.hget(f"tokens:{bucket.name}", "tokens") or 0)


def filled(bucket, amount):
    """As if it had been left alone until it held so much."""
    bucket.take(redis_client.client, 0)
    redis_client.client.hset(f"tokens:{bucket.name}", "tokens", amount)
    return bucket


@pytest.mark.parametrize(("rate", "size"), [(None, 50), (0.2, 1), (1, 1), (14, 14), (14.9, 14), (500, 50)])
def test_a_batch_is_a_seconds_worth(rate, size):
    assert Bucket("b", rate).batch_size == size


def test_a_bucket_that_is_missing_starts_empty():
    wait = Bucket("fresh", 10).take(redis_client.client, 10)

    assert wait == pytest.approx(1.0, abs=0.05)


def test_tokens_come_with_redis_own_time_and_no_more_than_a_seconds_worth():
    bucket = Bucket("time", 100)
    bucket.take(redis_client.client, 50)

    time.sleep(0.2)
    soon = bucket.take(redis_client.client, 50)
    redis_client.client.hset("tokens:time", "at", float(redis_client.client.time()[0]) - 3600)

    assert 0.2 < soon < 0.35
    assert bucket.take(redis_client.client, 50) == 0
    assert bucket.take(redis_client.client, 50) == 0
    assert bucket.take(redis_client.client, 50) > 0.4


def test_a_clock_that_goes_back_takes_nothing_away():
    bucket = filled(Bucket("clock", 10), 10)
    redis_client.client.hset("tokens:clock", "at", float(redis_client.client.time()[0]) + 3600)

    assert bucket.take(redis_client.client, 10) == 0


def test_tokens_are_taken_all_or_none():
    bucket = filled(Bucket("all", 10), 6)

    wait = bucket.take(redis_client.client, 8)

    assert wait == pytest.approx(0.2, abs=0.05)
    assert tokens(bucket) >= 6


def test_a_slow_sender_is_paid_for_in_whole_texts():
    bucket = Bucket("slow", 0.5)

    assert bucket.take(redis_client.client, 1) == pytest.approx(2.0, abs=0.1)


def test_what_was_not_used_comes_back_and_what_was_used_too_much_is_owed():
    bucket = filled(Bucket("debt", 10), 10)
    bucket.take(redis_client.client, 10)

    bucket.settle(redis_client.client, taken=10, used=7)
    assert tokens(bucket) == pytest.approx(3, abs=0.5)

    bucket.settle(redis_client.client, taken=1, used=31)
    assert bucket.take(redis_client.client, 1) == pytest.approx(2.8, abs=0.2)


def test_a_long_debt_is_not_forgotten():
    bucket = filled(Bucket("long", 0.1), 1)

    bucket.settle(redis_client.client, taken=1, used=31)

    assert redis_client.client.pttl("tokens:long") > 300_000


def test_what_is_given_back_to_a_wiped_redis_is_nobodys():
    bucket = filled(Bucket("wiped", 50), 50)
    bucket.take(redis_client.client, 50)
    redis_client.client.flushdb()

    bucket.settle(redis_client.client, taken=50, used=0)
    bucket.rest(redis_client.client, 10)

    assert not redis_client.client.exists("tokens:wiped")


def test_a_provider_that_asks_for_patience_gets_it_from_everybody():
    bucket = filled(Bucket("rest", 10), 10)

    bucket.rest(redis_client.client, 0)
    assert bucket.take(redis_client.client, 1) == 0
    bucket.rest(redis_client.client, 5)

    assert bucket.take(redis_client.client, 1) == pytest.approx(4.2, abs=0.3)


def test_without_a_limit_redis_is_not_asked():
    bucket = Bucket("free", None)

    assert bucket.take(NOWHERE, 50) == 0
    bucket.settle(NOWHERE, taken=50, used=1)
    bucket.rest(NOWHERE, 5)


def test_without_redis_there_are_no_tokens():
    with pytest.raises(RedisError):
        Bucket("away", 10).take(NOWHERE, 1)


@pytest.mark.parametrize("rate", [14.0, None])
def test_ses_is_asked_for_its_rate_once_a_minute(rate):
    providers = FakeProviders(rate=rate)

    rates = [ses_rate(providers.account_quota) for _ in range(3)]

    assert rates == [rate] * 3
    assert providers.quota_asked == 1
    assert 0 < redis_client.client.ttl(KEY) <= FRESH_SECONDS


def test_while_ses_cannot_be_asked_its_slowest_rate_is_used():
    providers = FakeProviders(rate=0)

    assert ses_rate(providers.account_quota) == UNKNOWN_RATE
    assert ses_rate(providers.account_quota) == UNKNOWN_RATE
    assert providers.quota_asked == 1
