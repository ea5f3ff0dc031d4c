"""The hall is flooded: one screen, on a phone, in a minute."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.flows.crowd import LIST, STOP_NUMBER, YES_NUMBER
from tests.flows.house import House, until
from tests.flows.pages import confirm, numbers_in
from tests.flows.story import Ended

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("ended")]
WORDS = "Riverside: training is off today, the hall is flooded."


def test_an_urgent_text_goes_to_a_list_from_a_phone(phone: Page, house: House):
    texts_before = len(house.simulator.accepted(to=STOP_NUMBER))
    phone.goto(f"{house.url}/home")
    phone.get_by_role("link", name="Urgent text").tap()
    phone.get_by_label("What do they need to know?").fill(WORDS)
    phone.locator(".tick").filter(has=phone.get_by_text(LIST, exact=True)).tap()
    button = phone.locator("#urgent-count button[type=submit]")
    expect(button).to_have_text(re.compile("Text .* now"))

    people = numbers_in(button.inner_text())[0]
    button.tap()
    asked = confirm(phone)

    assert people == 13
    assert "10 seconds to undo" in asked
    expect(phone).to_have_url(re.compile(r"/sendouts/\d+"))
    until(lambda: len(house.simulator.accepted(to=YES_NUMBER)) > 1, 60)
    expect(phone.locator(".standing-line")).to_contain_text("Finished", timeout=60_000)
    assert len(house.simulator.accepted(to=STOP_NUMBER)) == texts_before


def test_nothing_on_the_way_is_wider_than_the_phone(phone: Page, house: House, ended: Ended):
    for path in ("/home", "/urgent", "/sendouts", ended.url.removeprefix(house.url)):
        phone.goto(house.url + path)

        assert phone.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path
