"""Whose mailbox an address is, as far as its domain tells."""

import pytest
from sqlalchemy import text

from app.domain.mailbox_providers import MailboxProvider, domain_of, mailbox_words, provider_of
from app.extensions import db

SAMPLES = [
    ("gmail.com", "gmail"),
    ("googlemail.com", "gmail"),
    ("gmail.co", None),
    ("hotmail.co.uk", "outlook"),
    ("outlook.com", "outlook"),
    ("outlook.com.br", "outlook"),
    ("live.nl", "outlook"),
    ("msn.com", "outlook"),
    ("live.riverside.example", None),
    ("myhotmail.com", None),
    ("yahoo.fr", "yahoo"),
    ("aol.com", "yahoo"),
    ("ymail.com", "yahoo"),
    ("me.com", "icloud"),
    ("some.com", None),
    ("gmx.de", "gmx"),
    ("web.de", "gmx"),
    ("sympatico.ca", "bell"),
    ("pm.me", "proton"),
    ("wanadoo.fr", "orange"),
    ("riverside.example", None),
    ("", None),
]


@pytest.mark.parametrize(("domain", "provider"), SAMPLES)
def test_a_domain_is_its_providers_or_stands_for_itself(domain, provider):
    assert provider_of(domain) == provider


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("domain", "provider"), SAMPLES)
def test_the_database_understands_the_same(domain, provider):
    fitting = [
        each
        for each in MailboxProvider
        if db.session.scalar(text("SELECT :domain ~ :pattern"), {"domain": domain, "pattern": each.pattern})
    ]

    assert fitting == ([provider] if provider else [])


def test_a_domain_begins_behind_the_last_at():
    assert domain_of('"a@b"@Example.ORG') == "example.org"


def test_a_provider_has_a_name_and_a_domain_is_one():
    assert (mailbox_words("outlook"), mailbox_words("riverside.example")) == ("Outlook", "riverside.example")
