"""Set up: each of the seven lines says how it stands, and its button does what it says."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.senders import SenderKind
from app.domain.sending_domain import Identity
from app.extensions import db
from app.lib.clock import now
from app.models import SetupTest
from tests import factories
from tests.browser import Browser
from tests.fakes import FakeProviders
from tests.scenes import asked_for

PAGE = "/set-up"
AWAITED = Identity(is_verified=False, dkim_tokens=("abc",))


@pytest.fixture
def amazon(app):
    real, fakes = app.extensions["providers"], FakeProviders()
    app.extensions["providers"] = fakes
    yield fakes.ses_setup
    app.extensions["providers"] = real


@pytest.fixture
def club():
    return factories.an_organisation(postal_address="1 River Road\nSpringfield")


@pytest.fixture
def alice(club):
    return factories.a_member(club, email="alice@club.example")


@pytest.fixture
def browser(app, alice):
    db.session.commit()
    return Browser(app, alice)


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def a_test(club, channel, **values):
    made = factories.saved(SetupTest(organisation_id=club.id, channel=channel, **({"address": "+447400123456"} | values)))
    db.session.commit()
    return made


def test_a_new_organisation_sees_what_is_missing(club, browser):
    club.postal_address = ""
    db.session.commit()

    page = words(browser.get(PAGE))

    assert "the address is missing" in page
    assert "United Kingdom, Europe/London, English" in page
    assert "Add an address" in page
    assert "E-mail alone is enough to start." in page
    assert "Import people" in page
    assert "Send it" not in page
    assert "Text me" not in page


def test_what_is_there_is_shown_as_done(club, browser):
    factories.a_sender(club, Channel.SMS, address="+15005550100")
    factories.a_participant(club)
    db.session.commit()

    page = words(browser.get(PAGE))

    assert "1 River Road, Springfield" in page
    assert "+15005550100" in page
    assert "They are in." in page


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (("news@club.example", {"club.example": Identity(is_verified=True)}), "Amazon may send in its name."),
        (("news@club.example", {"club.example": AWAITED}), "does not find them yet."),
        (("news@club.example", {}), "Amazon does not know club.example yet."),
        (("news@gmail.com", {}), "Nobody but gmail.com may send in its name"),
        (("news@club.example", None), "Amazon gave no answer just now."),
    ],
)
def test_the_line_of_the_address_says_what_amazon_says(club, browser, amazon, asked, sentence):
    address, amazon.known = asked
    sender = factories.a_sender(club, address=address)
    db.session.commit()

    line, page = words(browser.get(f"{PAGE}/line/from")), words(browser.get(f"{PAGE}/domain/{sender.id}"))

    assert sentence in line
    assert sentence in page


def test_what_amazon_told_of_the_domain_counts_although_it_tells_no_more(club, browser, amazon):
    amazon.known, amazon.most_asked = {"club.example": AWAITED}, 1
    factories.a_sender(club, address="news@club.example")
    db.session.commit()

    assert "does not find them yet." in words(browser.get(f"{PAGE}/line/from"))
    assert amazon.asked == ["club.example", "news@club.example"]


def test_the_page_itself_does_not_wait_for_amazon(club, browser, amazon):
    amazon.known = None
    factories.a_sender(club, address="news@club.example")
    db.session.commit()

    page = browser.get(PAGE)

    assert "news@club.example: asking Amazon" in words(page)
    assert f'hx-get="{PAGE}/line/from"' in page.text


def test_the_entries_can_be_sent_to_whoever_runs_the_domain(club, browser, amazon):
    amazon.known = {"club.example": AWAITED}
    sender = factories.a_sender(club, address="news@club.example")
    db.session.commit()

    page = browser.get(f"{PAGE}/domain/{sender.id}")

    assert "abc._domainkey.club.example" in words(page)
    assert "abc.dkim.amazonses.com" in words(page)
    assert 'href="mailto:?subject=DNS%20entries%20for%20club.example' in page.text
    assert any("abc._domainkey.club.example" in copied for copied in re.findall(r'data-copy="([^"]+)"', page.text))


def test_the_entries_of_a_new_domain_are_got_from_amazon(club, browser, amazon):
    sender = factories.a_sender(club, address="news@club.example")
    db.session.commit()

    done = browser.post(f"{PAGE}/domain/{sender.id}")

    assert (done.status_code, amazon.begun) == (303, ["club.example"])


def test_when_amazon_does_not_answer_a_domain_is_not_begun(club, browser, amazon):
    amazon.known = None
    sender = factories.a_sender(club, address="news@club.example")
    db.session.commit()

    refused = browser.post(f"{PAGE}/domain/{sender.id}")

    assert refused.status_code == 503
    assert "Try again in a minute" in words(refused)


def test_another_clubs_address_and_a_number_have_no_domain_here(club, browser, amazon):
    foreign = factories.a_sender(factories.an_organisation())
    number = factories.a_sender(club, Channel.SMS)
    archived = factories.a_sender(club, is_archived=True)
    db.session.commit()

    answers = [browser.get(f"{PAGE}/domain/{sender.id}").status_code for sender in (foreign, number, archived)]

    assert answers == [404, 404, 404]
    assert amazon.begun == []


def test_an_email_to_oneself_is_asked_for_and_its_line_waits(club, alice, browser):
    factories.a_sender(club)
    db.session.commit()

    done = browser.post(f"{PAGE}/mail")

    test = db.session.scalars(select(SetupTest)).one()
    line = browser.get(f"{PAGE}/line/mail")
    assert (done.status_code, test.channel, test.address, test.user_id) == (303, "email", alice.email, alice.id)
    assert "setup-test" in asked_for("urgent")
    assert "On its way to alice@club.example" in words(line)
    assert 'hx-trigger="every 2s"' in line.text


@pytest.mark.parametrize("path", ["mail", "text"])
def test_without_a_sender_nothing_is_tested(browser, path):
    refused = browser.post(f"{PAGE}/{path}", {"number": "07400 123456"})

    assert refused.status_code == 409
    assert db.session.scalars(select(SetupTest)).all() == []


@pytest.mark.parametrize(
    ("outcome", "sentence"),
    [
        (lambda: {"taken_at": now()}, "Amazon took it for alice@club.example just now"),
        (lambda: {"problem": "Sending is paused."}, "It did not go: Sending is paused."),
        (lambda: {"created_at": now() - timedelta(hours=1)}, "nobody has sent it"),
    ],
    ids=["taken", "refused", "forgotten"],
)
def test_the_line_says_what_became_of_the_email(club, browser, outcome, sentence):
    factories.a_sender(club)
    a_test(club, Channel.EMAIL, address="alice@club.example", **outcome())

    line = browser.get(f"{PAGE}/line/mail")

    assert sentence in words(line)
    assert "hx-trigger" not in line.text


def test_a_text_goes_to_the_number_that_was_typed_and_it_is_kept(club, alice, browser):
    factories.a_sender(club, Channel.SMS)
    db.session.commit()

    done = browser.post(f"{PAGE}/text", {"number": "07400 123456"})

    assert done.status_code == 303
    assert db.session.scalars(select(SetupTest)).one().address == "+447400123456"
    assert 'value="+447400123456"' not in browser.get(f"{PAGE}/line/text").text  # no second one while the first is on its way
    db.session.expire_all()
    assert alice.phone_number == "+447400123456"


def test_a_number_that_cannot_be_texted_stays_in_its_field(club, browser):
    factories.a_sender(club, Channel.SMS)
    db.session.commit()

    refused = browser.post(f"{PAGE}/text", {"number": "12"})

    assert refused.status_code == 422
    assert 'value="12"' in refused.text
    assert 'id="number-error"' in refused.text


def test_the_answer_from_ones_phone_ends_the_wait(club, browser):
    sender = factories.a_sender(club, Channel.SMS)
    a_test(club, Channel.SMS, taken_at=now(), created_at=now() - timedelta(minutes=1))
    before = words(browser.get(f"{PAGE}/line/text"))
    factories.a_received_text(club, sender, from_number="+447400123456")
    db.session.commit()

    after = browser.get(f"{PAGE}/line/text")

    assert "Now answer it from your phone" in before
    assert "Your answer came back just now" in words(after)
    assert "hx-trigger" not in after.text


def test_a_text_from_before_is_no_answer(club, browser):
    sender = factories.a_sender(club, Channel.SMS)
    factories.a_received_text(club, sender, from_number="+447400123456", received_at=now() - timedelta(days=1))
    a_test(club, Channel.SMS, taken_at=now())

    assert "Now answer it" in words(browser.get(f"{PAGE}/line/text"))


def test_a_name_cannot_be_answered_and_is_done_once_taken(club, browser):
    factories.a_sender(club, Channel.SMS, kind=SenderKind.ALPHANUMERIC, address="Riverside")
    a_test(club, Channel.SMS, taken_at=now())

    line = browser.get(f"{PAGE}/line/text")

    assert "Nobody can answer a name." in words(line)
    assert "set-up-done" in line.text


def test_there_is_no_such_line(browser):
    assert browser.get(f"{PAGE}/line/people").status_code == 404


def test_it_is_for_owners(app, club):
    organiser = Browser(app, factories.a_member(club, Role.ORGANISER))
    db.session.commit()

    assert [organiser.get(PAGE).status_code, organiser.post(f"{PAGE}/mail").status_code] == [403, 403]
