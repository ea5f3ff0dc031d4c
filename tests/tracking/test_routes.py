"""The pixel, the links and the page to say no, as mail programs, scanners and people ask for them."""

import pytest
from sqlalchemy import select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel, CommunicationType
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.tokens import signing_key
from app.messages.group_commit import GroupCommit
from app.messages.urls import MessageUrls
from app.models import CallbackReceipt, Message, TrackedLink, UnsubscribeEntry
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress
from tests.conftest import TEST_SETTINGS
from tests.factories import a_message, a_participant, a_sendout, an_organisation, saved
from tests.providers.payloads import sample, sample_bytes

URLS = MessageUrls("", signing_key(TEST_SETTINGS["SECRET_KEY"]))
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"
pytestmark = pytest.mark.usefixtures("client")

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def message():
    return an_email(CommunicationType.MARKETING)


def an_email(communication_type, organisation=None, **values):
    organisation = organisation or an_organisation()
    sendout = a_sendout(organisation, communication_type=communication_type)
    made = a_message(sendout, a_participant(organisation, email_address="Asha@example.net"), **({"status": "sent"} | values))
    db.session.commit()
    return made


def a_link(message, url="https://example.com/timetable?a=1&b=2"):
    link = saved(TrackedLink(organisation_id=message.organisation_id, sendout_id=message.sendout_id, position=0, url=url))
    db.session.commit()
    return link


def click_url(message, link):
    return f"{URLS.clicks(message.id, message.sendout_id)}/{link.position}"


def read_again(message):
    db.session.expire_all()
    return db.session.get_one(Message, message.id)


def standing():
    db.session.expire_all()
    asked = select(UnsubscribeEntry.reason, UnsubscribeEntry.scope, UnsubscribeEntry.source).where(UnsubscribeEntry.lifted_at.is_(None))
    return [tuple(row) for row in db.session.execute(asked.order_by(UnsubscribeEntry.id))]


def kept_visits():
    return len(db.session.scalars(select(CallbackReceipt)).all())


def test_the_pixel_is_a_small_picture_that_nobody_keeps_and_counts_an_open(client, message):
    answer = client.get(URLS.open_pixel(message.id), headers={"User-Agent": CHROME})

    assert (answer.status_code, answer.mimetype, answer.data[:6]) == (200, "image/gif", b"GIF89a")
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers.getlist("Set-Cookie") == []
    apply_due_receipts()
    assert read_again(message).shown_status == "opened"


def test_a_click_leads_to_the_ledgers_link_and_counts(client, message):
    link = a_link(message)

    answer = client.get(click_url(message, link), headers={"User-Agent": CHROME})

    assert (answer.status_code, answer.headers["Location"]) == (302, "https://example.com/timetable?a=1&b=2")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    apply_due_receipts()
    assert read_again(message).shown_status == "clicked"


def test_head_answers_alike_and_counts_nothing(client, message):
    link = a_link(message)

    answers = [
        client.head(URLS.open_pixel(message.id)),
        client.head(click_url(message, link)),
        client.head(URLS.unsubscribe(message.id)),
    ]

    assert [answer.status_code for answer in answers] == [200, 302, 200]
    assert kept_visits() == 0
    assert standing() == []


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: token.replace("/o/", "/c/").removesuffix(".gif"), lambda token: token + "x"]
)
def test_a_changed_link_is_none_of_ours(client, message, change):
    assert client.get(change(URLS.open_pixel(message.id))).status_code == 404
    assert kept_visits() == 0


@pytest.mark.parametrize("number", ["7", "99999", "1" * 30, "-1", "x"])
def test_a_link_that_is_not_in_the_ledger_leads_nowhere(client, message, number):
    assert client.get(f"{URLS.clicks(message.id, message.sendout_id)}/{number}").status_code == 404
    assert kept_visits() == 0


def test_whoever_follows_a_link_gets_there_even_while_the_visit_cannot_be_kept(app, client, message, monkeypatch):
    link = a_link(message)
    monkeypatch.setitem(app.extensions, "group_commit", GroupCommit(db.create_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")))

    assert client.get(click_url(message, link)).status_code == 302
    assert client.get(URLS.open_pixel(message.id)).status_code == 200


def test_looking_at_the_page_changes_nothing(client, message):
    answer = client.get(URLS.unsubscribe(message.id))

    assert "No more news and offers?" in answer.text
    assert "Asha@example.net" in answer.text
    assert answer.headers.getlist("Set-Cookie") == []
    assert (standing(), read_again(message).opted_out_at) == ([], None)


@pytest.mark.parametrize("name", ["one-click-request", "one-click-request-multipart"])
def test_one_click_unsubscribes_at_once_however_often_it_comes(client, message, name):
    head, _, body = sample_bytes(f"list-unsubscribe/{name}.http").partition(b"\r\n\r\n")
    content_type = next(line.partition(b": ")[2] for line in head.split(b"\r\n") if line.startswith(b"Content-Type")).decode()

    answers = [client.post(URLS.unsubscribe(message.id), data=body, content_type=content_type) for _ in range(2)]

    assert [(answer.status_code, answer.headers.getlist("Set-Cookie")) for answer in answers] == [(200, [])] * 2
    assert standing() == [("unsubscribe", "marketing", "one_click")]
    message = read_again(message)
    assert (message.opted_out_by, message.shown_status) == ("one_click", "unsubscribed")


def test_every_case_of_the_samples_is_tried_here():
    cases = sample("list-unsubscribe/cases.json")

    tried = {("POST", None), ("POST", 2), ("GET", None), ("HEAD", None)}
    assert {(case["method"], case.get("repeat")) for case in cases} == tried


def test_one_click_with_a_changed_link_is_refused(client, message):
    assert client.post(URLS.unsubscribe(message.id) + "x", data=ONE_CLICK).status_code == 404
    assert standing() == []


def test_one_click_is_never_held_up_by_a_limit_but_the_page_is(client, message):
    url = URLS.unsubscribe(message.id)

    assert {client.post(url, data=ONE_CLICK).status_code for _ in range(40)} == {200}
    assert client.post(url, data={"choice": "everything"}).status_code == 303
    assert 429 in {client.post(url, data={"choice": "everything"}).status_code for _ in range(40)}


def test_the_pages_button_unsubscribes_with_proof_and_can_be_undone_there(client, message):
    url = URLS.unsubscribe(message.id)

    answer = client.post(url, data={"choice": "concerns_us"}, headers={"User-Agent": CHROME}, follow_redirects=True)
    assert "You are unsubscribed" in answer.text
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.address, entry.source, entry.proof["user_agent"], entry.sendout_id) == (
        "asha@example.net",
        "link",
        CHROME,
        message.sendout_id,
    )
    assert read_again(message).shown_status == "unsubscribed"

    answer = client.post(url, data={"choice": "everything"}, follow_redirects=True)
    assert "You are signed up again" in answer.text
    assert standing() == []
    assert read_again(message).shown_status == "sent"


def test_a_choice_that_is_none_is_not_guessed(client, message):
    assert [client.post(URLS.unsubscribe(message.id), data=data).status_code for data in ({}, {"choice": "x"})] == [422, 422]
    assert standing() == []


def test_what_concerns_them_offers_three_choices(client):
    message = an_email(CommunicationType.NON_MARKETING)
    url = URLS.unsubscribe(message.id)
    assert "Only what concerns us" in client.get(url).text
    seen = []

    for choice in ("nothing", "concerns_us", "nothing", "everything"):
        assert client.post(url, data={"choice": choice}).status_code == 303
        seen.append([scope for _, scope, _ in standing()])

    assert seen == [["all"], ["marketing"], ["all"], []]


def test_the_link_takes_off_only_what_it_made(client, message):
    suppress([NewEntry(message.organisation_id, Channel.EMAIL, "asha@example.net", SuppressionReason.MANUAL, EntrySource.USER)])
    db.session.commit()
    url = URLS.unsubscribe(message.id)

    client.post(url, data=ONE_CLICK)
    page = client.post(url, data={"choice": "everything"}, follow_redirects=True)

    assert "You had said no before, in another way" in page.text
    assert [reason for reason, _, _ in standing()] == ["manual"]


def test_undoing_a_wider_no_leaves_the_narrower_one_of_an_earlier_message(client):
    organisation = an_organisation()
    earlier = an_email(CommunicationType.MARKETING, organisation)
    message = an_email(CommunicationType.NON_MARKETING, organisation)
    client.post(URLS.unsubscribe(earlier.id), data=ONE_CLICK)

    for choice in ("nothing", "everything"):
        client.post(URLS.unsubscribe(message.id), data={"choice": choice})

    assert [scope for _, scope, _ in standing()] == ["marketing"]


def test_the_message_that_is_gone_is_said_so(client, message):
    url = URLS.unsubscribe(message.id + 1)

    assert client.get(url).status_code == 404
    assert client.post(url, data=ONE_CLICK).status_code == 404


def test_an_opt_out_that_was_answered_is_there_for_whoever_claims_next(client, message):
    with db.engine.connect() as claim:
        before = claim.execute(select(UnsubscribeEntry.id)).all()
        claim.rollback()

        assert client.post(URLS.unsubscribe(message.id), data=ONE_CLICK).status_code == 200

        after = claim.execute(select(UnsubscribeEntry.address, UnsubscribeEntry.scope)).all()
    assert (before, after) == ([], [("asha@example.net", "marketing")])
