"""After the send-out: the people of a slice, their file, the resend, and the list of those who want no more."""

import csv
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from tests.flows.crowd import FETCHED_BY_MACHINES, PEOPLE, WITHOUT_A_SIGN
from tests.flows.house import House, until
from tests.flows.pages import DetailsPage, press
from tests.flows.story import Ended, Resent

pytestmark = pytest.mark.flow


def test_a_slice_opens_its_people_and_their_file(page: Page, ended: Ended):
    details = DetailsPage(page)
    details.open(ended.url)

    rows = details.people_of("bounced")
    file = list(csv.DictReader(details.csv().splitlines()))

    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("bounce6@camp.example")
    assert [(row["Name"], row["Status"]) for row in file] == [("Bea Away", "Bounced")]


def test_the_row_of_a_slice_can_be_reached_and_opened_by_keyboard(page: Page, ended: Ended):
    page.goto(ended.url)

    page.locator("#slice-email-clicked").focus()
    page.keyboard.press("Enter")

    expect(page.locator("#recipients tbody tr")).to_have_count(1)
    expect(page.locator("#recipients")).to_contain_text("clicks2@camp.example")


def test_texts_have_a_tab_of_their_own_that_adds_up(page: Page, ended: Ended):
    details = DetailsPage(page)

    details.open(ended.url, "sms")

    assert details.shown() == {"wrote_back": 1, "delivered": 11, "stopped": 1, "skipped": 1}
    assert sum(details.shown().values()) == PEOPLE


def test_nobody_is_reached_by_none_but_the_one_without_any_address(page: Page, ended: Ended):
    page.goto(ended.url)

    press(page, "not reached: names and numbers to call")

    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody")).to_contain_text("Broken Line")


def test_a_resend_names_two_numbers(resent: Resent):
    assert (resent.no_sign, resent.cannot_tell) == (len(WITHOUT_A_SIGN), len(FETCHED_BY_MACHINES))


@pytest.mark.usefixtures("to_all")
def test_a_resend_reaches_those_who_did_not_open_and_nobody_else(house: House, resent: Resent):
    def twice() -> set[str]:
        sent = Counter(accepted["to"] for accepted in house.simulator.accepted(provider="ses"))
        return {address for address, times in sent.items() if times > 1 and address.endswith("@camp.example")}

    until(lambda: len(twice()) == resent.no_sign + resent.cannot_tell, 60)

    assert twice() == WITHOUT_A_SIGN | FETCHED_BY_MACHINES


@pytest.mark.parametrize(
    ("address", "why", "no_more"),
    [
        ("unsub10@camp.example", "Unsubscribed by", "Marketing e-mail"),
        ("complaint11@camp.example", "Marked our e-mail as spam", "All e-mail"),
        ("bounce6@camp.example", "the address does not exist", "All e-mail"),
        ("badmail7@camp.example", "no such address can exist", "All e-mail"),
        ("+12025550014", "Texted “STOP”", "All texts"),
    ],
)
@pytest.mark.usefixtures("ended")
def test_the_unsubscribes_list_says_who_and_why(page: Page, house: House, address: str, why: str, no_more: str):
    page.goto(f"{house.url}/unsubscribes")

    page.get_by_label("Is somebody on the list?").fill(address)
    press(page, "Search")

    row = page.locator("#entries tbody tr", has_text=address)
    expect(row).to_contain_text(why)
    expect(row).to_contain_text("Spring camp reminder")
    expect(row).to_contain_text(no_more)
