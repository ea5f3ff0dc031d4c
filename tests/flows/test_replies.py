"""What people text back: read in its colour, answered, and acted on."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.flows.crowd import STOP_NUMBER, YES_NUMBER
from tests.flows.house import House, until
from tests.flows.pages import confirm

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("ended")]
IRIS, OMAR = "+15045551300", "+15125551301"  # of the sample club's families
OMARS_ADDRESS = "family301@families.example"


def conversation(page: Page, house: House, name: str) -> Locator:
    """Their bubbles, in a conversation that stands in one of the queues."""
    for tab in ("unread", "waiting", "done"):
        page.goto(f"{house.url}/replies?tab={tab}")
        row = page.locator(".queue-row", has_text=name)
        if row.count():
            break
    row.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.locator(".turn.is-theirs .bubble")


def colour_of(bubble: Locator) -> tuple[int, int, int]:
    red, green, blue = map(int, re.findall(r"\d+", bubble.evaluate("it => getComputedStyle(it).backgroundColor"))[:3])
    return red, green, blue


def test_a_reply_is_green(page: Page, house: House):
    bubble = conversation(page, house, "Yara Yildiz").filter(has_text="Yes, we are coming").first

    red, green, blue = colour_of(bubble)

    assert green > max(red, blue)


def test_a_stop_is_orange_and_cannot_be_answered_by_text(page: Page, house: House):
    bubble = conversation(page, house, "Stan Stone").filter(has_text="STOP").first

    red, green, blue = colour_of(bubble)

    assert red > green > blue
    expect(page.locator("#answer")).to_contain_text("They texted STOP")
    expect(page.get_by_role("button", name="Send e-mail")).to_be_visible()
    page.locator("#answer").get_by_text("Text", exact=True).click()
    expect(page.locator("#answer").get_by_text("They texted STOP")).to_be_visible()
    expect(page.locator("#answer textarea")).to_be_hidden()


def test_an_answer_reaches_their_phone(page: Page, house: House):
    conversation(page, house, "Yara Yildiz")

    page.locator("#answer textarea").fill("Lovely. Bring boots!")
    page.get_by_role("button", name="Send text").click()

    expect(page.locator(".turn.is-ours").last).to_contain_text("Lovely. Bring boots!")
    until(lambda: len(house.simulator.accepted(to=YES_NUMBER)) > 1)
    page.goto(f"{house.simulator.url}/mailbox?who=%2B{YES_NUMBER.removeprefix('+')}")
    expect(page.get_by_text("Lovely. Bring boots!")).to_be_visible()


def test_a_picture_is_shown_where_it_was_sent(page: Page, house: House):
    house.simulator.text_us(OMAR, "Our pitch this morning", pictures=1)
    row = page.locator(".queue-row", has_text="Our pitch this morning")
    until(lambda: page.goto(f"{house.url}/replies?tab=unread") and row.count())
    row.click()

    picture = page.locator(".turn.is-theirs img").last
    expect(picture).to_be_visible()
    until(lambda: picture.evaluate("it => it.complete && it.naturalWidth") == 480)
    assert page.evaluate("performance.getEntriesByType('resource').every(each => each.name.startsWith(location.origin))")


def test_an_e_mail_to_one_person_reaches_them(page: Page, house: House):
    page.goto(f"{house.url}/participants?q={OMAR.removeprefix('+')}")
    page.locator(".person-link").first.click()
    page.get_by_role("link", name="Write", exact=True).click()
    page.locator("main").get_by_text("E-mail", exact=True).click()
    page.get_by_label("Subject").fill("Boots for Saturday")
    page.get_by_label("Message").fill("Size 34?\n\nBest, Alice")
    page.get_by_role("button", name="Send e-mail").click()

    expect(page.locator("#timeline")).to_contain_text("Boots for Saturday")
    until(lambda: house.simulator.accepted(to=OMARS_ADDRESS))
    body = page.request.get(f"{house.simulator.url}/mails/{house.simulator.accepted(to=OMARS_ADDRESS)[0]['id']}").text()
    assert "<p>Size 34?</p><p>Best, Alice</p>" in body


def test_a_text_can_put_its_writer_on_the_unsubscribes_list(page: Page, house: House):
    house.simulator.text_us(IRIS, "Wrong person, I moved away")
    until(lambda: page.goto(f"{house.url}/replies") and page.locator(".queue-row", has_text="Iris Smith").count())
    conversation(page, house, "Iris Smith")

    page.get_by_role("button", name="Add to Unsubscribes").first.click()
    confirm(page)

    expect(page.locator("#answer")).to_contain_text("on the Unsubscribes list")
    page.goto(f"{house.url}/unsubscribes?q={IRIS.removeprefix('+')}")
    expect(page.locator("#entries tbody")).to_contain_text("Iris Smith")


def test_an_answer_by_e_mail_is_a_turn_of_their_conversation(page: Page, house: House):
    mail = house.simulator.accepted(provider="ses")[0]
    house.simulator.answer_mail(mail["id"], "We come by train, is that fine?")

    row = page.locator(".queue-row", has_text="We come by train")
    until(lambda: page.goto(f"{house.url}/replies?tab=unread") and row.count())
    row.click()

    bubble = page.locator(".turn.is-theirs .bubble").last
    expect(bubble).to_contain_text("E-mail")
    expect(bubble.locator(".bubble-words")).to_have_text("We come by train, is that fine?")


def test_a_stop_stands_under_the_number_and_leaves_e_mail_alone(page: Page, house: House):
    page.goto(f"{house.url}/unsubscribes?q={STOP_NUMBER.removeprefix('+')}")

    page.locator(".entry-address").click()

    expect(page.locator("main")).to_contain_text("gets no texts")
    expect(page.get_by_role("button", name="Remove from the list")).to_have_count(0)
