"""Who asks, behind proxies: whom the last trusted one names, and nobody's own word."""

import pytest

from tests.browser import Browser

ACCOUNT = {"email": "alice@club.example", "password": "wrong wrong wrong"}


def tries(browser, forwarded, many=1):
    """The answers to so many tries at a password through one proxy."""
    return [browser.post("/sign-in", ACCOUNT, X_Forwarded_For=forwarded).status_code for _ in range(many)]


def test_without_trusted_proxies_nobody_chooses_who_they_are(build):
    browser = Browser(build())

    assert tries(browser, "192.0.2.1", 10) == [200] * 10
    assert tries(browser, "192.0.2.2") == [429]


def test_behind_a_trusted_proxy_the_limits_are_each_readers_own(build):
    browser = Browser(build(TRUSTED_PROXIES="1"))

    assert tries(browser, "192.0.2.1", 11) == [200] * 10 + [429]
    assert tries(browser, "192.0.2.2") == [200]


def test_what_a_reader_claims_before_the_proxy_counts_for_nothing(build):
    browser = Browser(build(TRUSTED_PROXIES="1"))
    tries(browser, "192.0.2.1", 10)

    assert tries(browser, "198.51.100.9, 192.0.2.1") == [429]


@pytest.mark.parametrize("forwarded", ["192.0.2.1, 203.0.113.5", "198.51.100.9, 192.0.2.1, 203.0.113.6"])
def test_of_two_proxies_the_first_names_the_reader(build, forwarded):
    browser = Browser(build(TRUSTED_PROXIES="2"))
    tries(browser, "192.0.2.1, 203.0.113.4", 10)

    assert tries(browser, forwarded) == [429]


def test_a_trusted_proxy_opens_no_metrics_to_others(build):
    behind = Browser(build(TRUSTED_PROXIES="1"))

    assert behind.get("/metrics", X_Forwarded_For="127.0.0.1").status_code == 403
