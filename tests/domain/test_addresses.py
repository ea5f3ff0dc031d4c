"""What is let in as an address or number, in which form, and what is said of the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.addresses import (
    EmailAddress,
    InvalidAddress,
    email_key,
    normalise_email,
    normalise_number,
    suggested_address,
    time_zones_of,
)


@pytest.mark.parametrize(
    ("text", "address", "name"),
    [
        ("ada@example.com", "ada@example.com", ""),
        ("  Ada.L@EXAMPLE.com\n", "Ada.L@example.com", ""),
        ("Ada Lovelace <ada@example.com>", "ada@example.com", "Ada Lovelace"),
        ("Ådá <ada@example.com>", "ada@example.com", "Ådá"),
        ('"Lovelace, Ada" <ada@example.com>', "ada@example.com", "Lovelace, Ada"),
        ("<ada@example.com>", "ada@example.com", ""),
        ("mailto:ada@example.com", "ada@example.com", ""),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de", ""),
        ("user0000001@example1.test", "user0000001@example1.test", ""),
    ],
)
def test_an_address_is_brought_into_its_normal_form(text, address, name):
    assert normalise_email(text) == EmailAddress(address=address, name=name)


@pytest.mark.parametrize("text", ["", "ada", "ada@", "@example.com", "a b@example.com", "ada@example", "ada@example.com, bob@example.com"])
def test_what_is_no_address_is_refused_with_words(text):
    with pytest.raises(InvalidAddress, match="not an e-mail address"):
        normalise_email(text)


def test_what_has_no_at_sign_is_told_so():
    with pytest.raises(InvalidAddress, match=r"^This is not an e-mail address: it has no @\. One looks like ada@example\.org\.$"):
        normalise_email("ada at example")


@pytest.mark.parametrize("text", ["josé@example.com", "José <josé@example.com>", "用户@例子.中国"])
def test_an_address_that_ses_cannot_write_says_so(text):
    with pytest.raises(InvalidAddress, match="accents or other scripts"):
        normalise_email(text)


@given(st.emails(domains=st.just("Example.COM")))
def test_normalising_twice_changes_nothing(text):
    try:
        once = normalise_email(text)
    except InvalidAddress:
        return  # hypothesis also makes quoted and other rare forms, which we refuse

    assert normalise_email(once.address) == once
    assert email_key(once.address) == email_key(text)


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("x@gmial.com", "x@gmail.com"),
        ("x@gmail.con", "x@gmail.com"),
        ("x@gmail.co", "x@gmail.com"),
        ("x@gmal.com", "x@gmail.com"),
        ("x@gmaill.com", "x@gmail.com"),
        ("x@GNAIL.COM", "x@gmail.com"),
        ("x@hotnail.co.uk", "x@hotmail.co.uk"),
        ("x@btinternte.com", "x@btinternet.com"),
    ],
)
def test_a_slip_in_a_large_providers_name_is_guessed(address, meant):
    assert suggested_address(address) == meant


@pytest.mark.parametrize(
    "address",
    [
        "x@gmail.com",
        "x@mail.com",
        "x@ymail.com",
        "x@yahoo.dk",
        "x@hotmail.it",
        "x@example.com",
        "x@gmal",
        "nothing",
        "x@liamg.com",
        "x@gmia.com",
    ],
)
def test_a_good_or_unknown_domain_is_left_alone(address):
    assert suggested_address(address) is None


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("07911 123456", "GB", "+447911123456"),
        ("447911123456.0", "GB", "+447911123456"),
        ("0044 7911 123456", "US", "+447911123456"),
        ("+1 (415) 555-0123", "GB", "+14155550123"),
        ("415-555-0123", "US", "+14155550123"),
        ("+15005550006", "GB", "+15005550006"),
        ("+1 500 555 0006", "US", "+15005550006"),
    ],
)
def test_a_mobile_number_becomes_e164(text, country, number):
    assert normalise_number(text, country) == number


@pytest.mark.parametrize(
    ("text", "country", "words"),
    [
        ("", "US", "not a phone number"),
        ("call me", "US", "not a phone number"),
        ("12345", "US", "too short"),
        ("555-0123", "US", "lacks its area code"),
        ("+44 7911 123456 789 01", "GB", "too long"),
        ("+999 123 456", "GB", "country code that does not exist"),
        ("07700 900123", "GB", "No such number"),
        ("020 7946 0958", "GB", "cannot receive texts"),
        ("4.47911E+11", "GB", "export the column as text"),
        ("4,47911e11", "GB", "export the column as text"),
    ],
)
def test_what_cannot_be_texted_is_refused_with_its_reason(text, country, words):
    with pytest.raises(InvalidAddress, match=words):
        normalise_number(text, country)


@given(st.integers(min_value=0, max_value=9999), st.sampled_from(["US", "GB", "DE"]))
def test_normalising_a_number_twice_changes_nothing(line, country):
    once = normalise_number(f"(212) 555-{line:04d}", "US")

    assert normalise_number(once, country) == once


def test_time_zones_follow_from_the_number_where_known():
    assert time_zones_of("+14155550123") == ("America/Los_Angeles",)
    assert "Europe/London" in time_zones_of("+447911123456")
    assert time_zones_of("+447700900123") == ()
