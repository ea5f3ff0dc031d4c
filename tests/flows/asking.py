"""The chapter of the question: an e-mail that asks one and carries an edit link, and what its readers do on the public pages."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.flows.house import House, until
from tests.flows.pages import Composer, press

TITLE = "Do you come to the summer party?"
CHOICES = ("Yes, all of us", "Some of us", "No")
ANSWERING = ("family4@camp.example", "family8@camp.example", "opens1@camp.example")  # the first two say the first, the last one the second
COMMENT = "We bring the big coffee pot."


@dataclass(frozen=True)
class Asked:
    """Where the send-out is, and the public pages of one reader's own."""

    url: str
    answer_page: str
    edit_page: str


def ask(page: Page, house: House, to: str) -> Asked:
    """Write it, send it, and wait until it has reached everybody who answers."""
    composer = Composer(page, house)
    composer.begin(TITLE)
    composer.for_list(to)
    composer.tick("Something they need to know")
    composer.step("Message")
    composer.subject.fill(TITLE)
    composer.type_mail("Hello ", ("First name", "there"), ", the party is on Saturday at three.")
    composer.step("Options")
    page.get_by_label("Ask a question").check()
    page.get_by_label("The question").fill("Will you come on Saturday?")
    page.get_by_label("Answers to choose from").fill("\n".join(CHOICES))
    page.get_by_label("Put an edit link into the e-mail").check()
    composer.step("Review")
    url = composer.send()
    until(lambda: all(_link(page, house, reader, "q") for reader in ANSWERING), 60)
    return Asked(url, _link(page, house, ANSWERING[0], "q"), _link(page, house, ANSWERING[0], "edit"))


def answer_all(page: Page, house: House) -> None:
    """Each of them presses a button on the page that their own link opens."""
    for reader, choice in zip(ANSWERING, (CHOICES[0], CHOICES[0], CHOICES[1]), strict=True):
        page.goto(_link(page, house, reader, "q"))
        press(page, choice)
        expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def comment(page: Page, asked: Asked) -> None:
    """Write to the team on the page behind the edit link."""
    page.goto(asked.edit_page)
    page.get_by_label("Comment").fill(COMMENT)
    press(page, "Save")
    expect(page.get_by_text("Saved.")).to_be_visible()


def _link(page: Page, house: House, reader: str, door: str) -> str:
    """The link of this kind in the last mail to this reader; empty while that is an older one."""
    mails = house.simulator.accepted(to=reader)
    body = page.request.get(f"{house.simulator.url}/mails/{mails[-1]['id']}").text() if mails else ""
    return str(next(iter(re.findall(rf'href="([^"?]+/{door}/[^"?]+)', body)), ""))
