"""The story up to a send-out that has come to its end, and what was seen on the way; later chapters go on from it."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.flows.crowd import LIST, MAIL_ENDS, PROOF, spreadsheet
from tests.flows.house import House, until
from tests.flows.pages import Composer, DetailsPage, ImportPages, confirm, numbers_in, press

TITLE = "Spring camp reminder"
SUBJECT = "Spring camp: a place for <b>you</b>"
TEXT = "Riverside: camp starts Saturday 9:00 at the old mill by the lake, don\N{RIGHT SINGLE QUOTATION MARK}t forget boots, "


@dataclass(frozen=True)
class Imported:
    """What the import said before and after, and the file of lines to correct."""

    onto: str
    forecast: str
    result: str
    lines_to_correct: bytes


@dataclass(frozen=True)
class Draft:
    """What the composer said, and where the draft is."""

    url: str
    costly_size: str
    cheap_size: str
    previewed_mail: str
    previewed_text: str
    review: str


@dataclass(frozen=True)
class Ended:
    """A send-out whose people have all done what they do, and what its page said meanwhile without being loaded again."""

    url: str
    seconds_to_undo: list[int]
    accounting: list[str]
    rings: list[str]


def bring_people_in(page: Page, house: House, folder: Path) -> Imported:
    """Import the spreadsheet onto a list of its own."""
    pages = ImportPages(page, house)
    pages.choose(spreadsheet(folder))
    forecast = pages.onto_new_list(LIST)
    return Imported(LIST, forecast, pages.go(PROOF), pages.lines_to_correct())


def write(page: Page, house: House, to: str, reader: str = "Yara Yildiz") -> Draft:
    """An e-mail and a text to that list, previewed as one of its people, as far as Review."""
    composer = Composer(page, house)
    composer.begin(TITLE)
    composer.for_list(to)
    composer.tick("News and offers")
    composer.tick("E-mail and text")
    composer.step("Message")
    composer.subject.fill(SUBJECT)
    composer.type_mail("Hello ", ("First name", "there"), ", we have kept a place. ")
    composer.link("riverside.example/camp", "See the programme")
    costly, cheap = _write_text(composer)
    mail, text = _preview_as(page, reader)
    page.get_by_role("navigation", name="Where you are").get_by_role("link", name=TITLE).click()
    composer.step("Options")
    composer.step("Review")
    return Draft(page.url, costly, cheap, mail, text, page.locator("main").inner_text())


def send_and_watch(page: Page, house: House) -> Ended:
    """Send the draft whose Review is open, and stay on its page until nothing more moves."""
    url = Composer(page, house).send()
    page.evaluate("window.isStillHere = true")
    seconds = _seconds_to_undo(page)
    details = DetailsPage(page)
    lines: list[str] = []
    rings: list[str] = []

    def is_over() -> bool:
        is_shown = details.shown() == MAIL_ENDS
        line, ring = details.accounting(), details.ring()
        lines.extend([line] if line not in lines else [])
        rings.extend([ring] if ring not in rings else [])
        page.wait_for_timeout(200)  # lets the page live; a sleep would not
        return is_shown and house.simulator.is_idle()

    until(is_over, 120, every=0)
    assert page.evaluate("window.isStillHere"), "the page was loaded again"
    return Ended(url, seconds, lines, rings)


def _write_text(composer: Composer) -> tuple[str, str]:
    """The text, with a character that makes it dear; then its plain look-alike. Returns what the counter said of both."""
    composer.text.fill(TEXT)
    expect(composer.size).to_contain_text("because of \N{RIGHT SINGLE QUOTATION MARK}")
    costly = composer.size.inner_text()
    composer.size.get_by_role("button", name="replace").click()
    expect(composer.size).not_to_contain_text("because")
    cheap = composer.size.inner_text()
    composer.field_into_text("First name", "all of you")
    return costly, cheap


def _preview_as(page: Page, name: str) -> tuple[str, str]:
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("As", exact=True).select_option(label=name)
    expect(page.locator(".page-line")).to_contain_text(f"As {name} would get it")
    mail = page.frame_locator(".preview-desktop iframe").locator("body").inner_text()
    return mail, page.locator(".sms-bubble").inner_text()


def _seconds_to_undo(page: Page) -> list[int]:
    counting = page.get_by_role("button", name="Undo").locator("[data-countdown]")
    expect(counting).to_be_visible()
    seconds: list[int] = []
    for _ in range(4):
        seconds.append(int(re.sub(r"\D", "", counting.inner_text())))
        page.wait_for_timeout(1000)
    return seconds


@dataclass(frozen=True)
class Resent:
    """A resend to those who did not open, and the two numbers that were offered for it."""

    url: str
    no_sign: int
    cannot_tell: int


def resend(page: Page, original: str) -> Resent:
    """From the original's page, with both numbers ticked as they are."""
    page.goto(original)
    press(page, "Resend")
    form = page.locator("form[data-resend]").filter(has=page.get_by_text("without any sign"))
    expect(form).to_be_visible()
    no_sign, cannot_tell = (numbers_in(words)[0] for words in form.locator(".form-check-label").all_inner_texts())
    form.get_by_role("button", name="by e-mail").click()
    confirm(page)
    expect(page).not_to_have_url(re.compile("/resend$"))
    return Resent(page.url, no_sign, cannot_tell)


def send_text_to_all(page: Page, house: House) -> str:
    """A text to the sample club's families, over three hundred; returns the address of its page."""
    composer = Composer(page, house)
    composer.begin("Pitch closed")
    composer.for_list("Spring camp families")
    composer.tick("Something they need to know")
    composer.tick("Text")
    composer.step("Message")
    composer.text.fill("Riverside: the pitch is closed today.")
    composer.step("Options")
    composer.step("Review")
    return composer.send()
