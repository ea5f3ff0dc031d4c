"""The hash that an erased address leaves: recognised by every key that is kept, by one organisation, on one channel."""

import dataclasses

import pytest

from app.domain.addresses import email_key
from app.domain.channels import Channel
from app.participants.erased import erased_among, erased_forms
from tests.factories import an_entry, an_organisation

pytestmark = pytest.mark.usefixtures("database")

ADDRESS = (Channel.EMAIL, "Ann@Example.org")


@pytest.fixture
def rotate(app, monkeypatch):
    """Put a new key before those that there are."""

    def rotating():
        config = app.extensions["sendout"]
        keys = ("a-new-key-a-new-key-a-new-key-a-new-key", *config.secret_keys)
        monkeypatch.setitem(app.extensions, "sendout", dataclasses.replace(config, secret_keys=keys))

    return rotating


def test_a_form_says_nothing_of_the_address_and_survives_being_lowered():
    form = erased_forms(1, *ADDRESS)[0]

    assert "ann" not in form
    assert email_key(form) == form == erased_forms(1, Channel.EMAIL, "ann@example.org")[0]


def test_organisation_and_channel_make_another_form():
    forms = {erased_forms(owner, channel, "x")[0] for owner in (1, 2) for channel in Channel}

    assert len(forms) == 4


def test_an_address_is_recognised_after_the_key_was_rotated(rotate):
    club = an_organisation()
    an_entry(club, address=erased_forms(club.id, *ADDRESS)[0], reason="erased", is_hashed=True)

    rotate()

    assert erased_among(club.id, [ADDRESS, (Channel.EMAIL, "ben@example.org")]) == {ADDRESS}


def test_an_entry_that_was_taken_off_lets_the_address_in():
    club = an_organisation()
    an_entry(club, address=erased_forms(club.id, *ADDRESS)[0], reason="erased", is_hashed=True, lifted_at="2026-01-01T00:00Z")

    assert erased_among(club.id, [ADDRESS]) == set()
