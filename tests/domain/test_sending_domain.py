"""Which identities stand for an address, how far it is, and what the DNS has to say."""

import pytest

from app.domain.sending_domain import DnsRecord, Identity, Standing, dns_records, identities_for, standing_of

VERIFIED, AWAITED = Identity(is_verified=True), Identity(is_verified=False, dkim_tokens=("a", "b", "c"))


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("news@club.org", ["club.org", "news@club.org"]),
        ("News@Mail.Club.org", ["mail.club.org", "News@Mail.Club.org", "club.org"]),
        ("root@localhost", ["localhost", "root@localhost"]),
    ],
)
def test_an_address_is_known_by_itself_its_domain_and_those_above(address, names):
    assert identities_for(address) == names


@pytest.mark.parametrize(
    ("address", "known", "standing"),
    [
        ("news@mail.club.org", {"club.org": VERIFIED, "mail.club.org": AWAITED}, Standing.VERIFIED),
        ("news@gmail.com", {"news@gmail.com": VERIFIED}, Standing.VERIFIED),
        ("news@gmail.com", {}, Standing.FREE_MAIL),
        ("news@club.org", {"club.org": AWAITED}, Standing.AWAITED),
        ("news@mail.club.org", {"club.org": AWAITED}, Standing.UNKNOWN),
        ("news@club.org", {}, Standing.UNKNOWN),
    ],
)
def test_how_far_an_address_is(address, known, standing):
    assert standing_of(address, known) is standing


def test_each_token_is_an_entry_and_dmarc_is_advice():
    records = dns_records("club.org", AWAITED)

    assert records[0] == DnsRecord("CNAME", "a._domainkey.club.org", "a.dkim.amazonses.com")
    assert [record.is_advice for record in records] == [False, False, False, True]


def test_a_region_may_have_a_zone_of_its_own():
    identity = Identity(is_verified=False, dkim_tokens=("a",), signing_zone="dkim.region.example")

    assert dns_records("club.org", identity)[0].value == "a.dkim.region.example"
