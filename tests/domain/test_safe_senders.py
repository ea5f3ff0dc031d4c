"""The steps that a person's own mail provider asks for."""

import pytest

from app.domain.safe_senders import safe_sender


@pytest.mark.parametrize(
    ("address", "provider", "step"),
    [
        ("ava@hotmail.co.uk", "Outlook", "add mail.example.com under Safe senders"),
        ("ava@OUTLOOK.com", "Outlook", "Junk email"),
        ("ava@sympatico.ca", "Bell", "Block senders and domains"),
        ("ava@yahoo.fr", "Yahoo Mail", "Add news@mail.example.com as a contact"),
        ("ava@gmail.com", "Gmail", "Report not spam"),
        ("ava@gmx.de", "GMX or WEB.DE", "address book"),
        ("ava@me.com", "iCloud Mail", "Not junk"),
        ("ava@club.example", "club.example", "add mail.example.com there"),
    ],
)
def test_each_provider_has_its_own_steps(address, provider, step):
    found = safe_sender(address, "news@mail.example.com")

    assert found.provider == provider
    assert step in found.steps
