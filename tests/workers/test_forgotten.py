"""The e-mail with a link for a new password: to whom it goes, and from where."""

import re

import pytest

from app.domain.roles import Role
from app.extensions import db
from app.lib.tokens import read_token, signing_key
from app.users.forgotten.service import PURPOSE
from app.web.installation import settings
from tests import factories
from workers.forgotten import send_password_link

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def bob():
    club = factories.an_organisation()
    bob = factories.a_member(club, Role.AUTHOR, email="bob@club.example")
    factories.a_sender(club, address="news@club.example")
    db.session.commit()
    return bob


def test_the_link_goes_to_the_account_from_an_address_of_its_organisation(bob, carriers):
    send_password_link(bob.id)

    (call,) = carriers.mail.calls
    (link,) = re.findall(r"https://app[.]example[.]com/forgotten/(\S+)", call.messages[0].slots["text"])
    assert carriers.mail.sent_to == ["bob@club.example"]
    assert call.sender.endswith("<news@club.example>")
    assert read_token(PURPOSE, link, [signing_key(settings().secret_keys[0])])[0] == bob.id
    assert f"/forgotten/{link}" in call.messages[0].slots["html"]


def test_for_nobody_and_for_a_closed_account_nothing_is_sent(bob, carriers):
    bob.active = False
    db.session.commit()

    for user_id in (0, 999_999_999, bob.id):
        send_password_link(user_id)

    assert carriers.mail.calls == []


def test_without_an_address_to_send_from_nothing_is_sent(carriers):
    carol = factories.a_member(factories.an_organisation(), Role.AUTHOR)
    db.session.commit()

    send_password_link(carol.id)

    assert carriers.mail.calls == []
