import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.extensions import redis_client
from app.lib.clock import now
from app.messages.quota import ASKING_KEY, FRESH_SECONDS, KEY, SANDBOX_RATE, STILL_TRUE, ask_account, ses_rate
from app.messages.rates import Bucket
from tests.fakes import FakeProviders

pytestmark = pytest.mark.usefixtures("database")

NOWHERE = Redis(port=1, socket_connect_timeout=0.2, retry=Retry(NoBackoff(), 0))


def tokens(bucket):
    return float(redis_client.client.hget(key_of(bucket), "tokens") or 0)


def key_of(bucket):
    return f"tokens:{bucket.name}" + (":urgent" if bucket.is_urgent else "")


def filled(bucket, amount):
    """As if it had been left alone until it held so much."""
    bucket.take(redis_client.client, 0)
    redis_client.client.hset(key_of(bucket), "tokens", amount)
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

    assert bucket.take(redis_client.client, 1) == pytest.approx(5.1, abs=0.3)


def test_slots_that_are_told_to_wait_at_the_same_time_wait_once():
    bucket = filled(Bucket("once", 10), 10)

    for _ in range(5):
        bucket.rest(redis_client.client, 2)

    assert bucket.take(redis_client.client, 1) == pytest.approx(2.1, abs=0.2)


def test_a_rest_shortens_no_longer_debt():
    bucket = filled(Bucket("deep", 10), -100)

    bucket.rest(redis_client.client, 2)

    assert bucket.take(redis_client.client, 10) == pytest.approx(11, abs=0.3)


def test_without_a_limit_nobody_looks_at_every_turn_and_a_rest_of_ones_own_is_known_at_once(monkeypatch):
    free, pttl, looks = Bucket("often", None), redis_client.client.pttl, []

    def look(key):
        looks.append(key)
        return pttl(key)

    monkeypatch.setattr(redis_client.client, "pttl", look)

    assert [free.take(redis_client.client, 50) for _ in range(5)] == [0.0] * 5
    assert len(looks) == 1
    free.rest(redis_client.client, 3)

    assert 2 < free.take(redis_client.client, 50) <= 3
    assert 2 < free.take(redis_client.client, 50) <= 3


def test_without_a_limit_nothing_but_a_rest_is_waited_for_and_by_everybody():
    mine, theirs = Bucket("free", None), Bucket("free", None, is_urgent=True)
    assert mine.take(redis_client.client, 50) == 0
    mine.settle(redis_client.client, taken=50, used=1)

    mine.rest(redis_client.client, 5)
    mine.rest(redis_client.client, 1)

    assert [each.take(redis_client.client, 50) for each in (mine, theirs)] == [pytest.approx(5, abs=0.5)] * 2
    redis_client.client.delete("rest:free")
    assert mine.take(redis_client.client, 50) == 0


@pytest.mark.parametrize("rate", [10, None])
def test_without_redis_there_are_no_tokens(rate):
    with pytest.raises(RedisError):
        Bucket("away", rate).take(NOWHERE, 1)


def test_what_is_urgent_waits_for_no_bulk_and_bulk_pays_for_it():
    bulk = filled(Bucket("both", 10), -300)
    urgent = filled(Bucket("both", 10, is_urgent=True), 10)

    assert urgent.take(redis_client.client, 10) == 0
    urgent.settle(redis_client.client, taken=10, used=4)

    assert bulk.take(redis_client.client, 10) == pytest.approx((300 + 4 + 10) / 10, abs=0.3)


def test_urgent_messages_keep_to_the_rate_among_themselves():
    urgent = filled(Bucket("among", 10, is_urgent=True), 10)

    assert urgent.take(redis_client.client, 10) == 0
    assert urgent.take(redis_client.client, 10) == pytest.approx(1.0, abs=0.1)


def test_who_asks_for_patience_gets_it_from_the_urgent_too():
    bulk, urgent = filled(Bucket("all", 10), 10), filled(Bucket("all", 10, is_urgent=True), 10)

    bulk.rest(redis_client.client, 3)

    assert urgent.take(redis_client.client, 1) == pytest.approx(3.1, abs=0.2)


def test_however_many_take_at_once_no_more_leaves_than_the_rate_allows():
    """Eight threads that take and give back as fast as they can, for a second and a half."""
    rate, taken = 200, []
    began = time.monotonic()
    Bucket("storm", rate).take(redis_client.client, 0)  # from here on it fills
    until = began + 1.5

    def storm(wanted):
        bucket = Bucket("storm", rate)
        while time.monotonic() < until:
            if bucket.take(redis_client.client, wanted) == 0:
                bucket.settle(redis_client.client, taken=wanted, used=wanted - 1)
                taken.append(wanted - 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(storm, [5, 10, 20, 50, 5, 10, 20, 50]))

    allowed = rate * (time.monotonic() - began)
    assert 0.5 * allowed < sum(taken) <= allowed + 1


@pytest.mark.parametrize("rate", [14.0, None])
def test_ses_is_asked_for_its_rate_once_a_minute(rate):
    providers = FakeProviders(rate=rate)

    rates = [ses_rate(providers.account_quota) for _ in range(3)]

    assert rates == [rate] * 3
    assert providers.quota_asked == 1
    assert 0 < redis_client.client.ttl(KEY) <= FRESH_SECONDS
    assert not redis_client.client.exists(ASKING_KEY)


def test_while_one_asks_the_others_go_on_with_what_was_said_last():
    providers = FakeProviders(rate=14.0)
    ask_account(providers.account_quota)
    redis_client.client.set(ASKING_KEY, 1)

    assert ses_rate(providers.account_quota) == 14.0
    assert providers.quota_asked == 1


def test_a_question_that_fails_does_not_slow_everybody_down():
    ask_account(FakeProviders(rate=500.0).account_quota)

    assert ses_rate(FakeProviders(rate=0).account_quota) == 500.0


def test_what_was_said_long_ago_is_not_believed_for_ever():
    with time_machine.travel(now() - 2 * STILL_TRUE):
        ask_account(FakeProviders(rate=500.0).account_quota)

    assert ses_rate(FakeProviders(rate=0).account_quota) == SANDBOX_RATE


def test_while_ses_cannot_be_asked_its_slowest_rate_is_used():
    providers = FakeProviders(rate=0)

    assert ses_rate(providers.account_quota) == SANDBOX_RATE
    assert ses_rate(providers.account_quota) == SANDBOX_RATE
    assert providers.quota_asked == 1
