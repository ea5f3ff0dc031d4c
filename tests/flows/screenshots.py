"""`make screenshots`: a picture of every page at a desk and on a phone, with people in it and after send-outs have run.

They are for looking at: as somebody who has never seen the product, with the question what one would do next.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.flows.asking import answer_all, ask, comment
from tests.flows.browser import DESK, PHONE, chromium, visit
from tests.flows.crowd import YES_NUMBER
from tests.flows.house import PROJECT, House, running_house
from tests.flows.pages import Composer, DetailsPage, press, sign_in
from tests.flows.places import places
from tests.flows.story import bring_people_in, send_and_watch, write

FOLDER = PROJECT / "var/screenshots"
TALLEST = 4000
SETTLING_MS = 700  # a doughnut is drawn, a part that loads by itself has come
FAMILIES = "Spring camp families"


def main() -> int:
    """Take them all; prints where they are."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with (
        tempfile.TemporaryDirectory() as folder,
        running_house(Path(folder)) as house,
        sync_playwright() as playwright,
        chromium(playwright) as browser,
        visit(browser) as page,
    ):
        _take_all(page, house, Path(folder))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures in {FOLDER}")  # noqa: T201 - what a command for the terminal is for
    return 0


def _take_all(page: Page, house: House, folder: Path) -> None:
    page.goto(f"{house.url}/sign-in")
    _take(page, "sign-in")
    sign_in(page, house.url, house.email, house.password)
    _take(page, "home-before-the-first")
    imported = bring_people_in(page, house, folder)
    page.goto(write(page, house, FAMILIES, "Ava Smith").url)
    large = Composer(page, house).send()
    _take(page, "details-with-undo")
    page.goto(write(page, house, imported.onto).url)
    ended = send_and_watch(page, house)
    _until_finished(page, large)
    _take(page, "details-of-many")
    found = _after_the_question(page, house, imported.onto)
    house.simulator.text_us(YES_NUMBER, "no more texts about camp please")
    page.goto(f"{house.url}/home")
    press(page, "New send-out")
    page.get_by_label("Name of this send-out").wait_for()
    found |= places(page, house, ended, page.url.replace("/audience", "/review"))
    page.goto(f"{house.url}/replies?tab=waiting")
    found["review-queue"] = str(page.locator(".queue-review").evaluate("link => link.href"))
    for name, url in found.items():
        page.goto(url)
        _take(page, name)


def _after_the_question(page: Page, house: House, to: str) -> dict[str, str]:
    """Pages that only a question, its answers and a comment fill."""
    asked = ask(page, house, to)
    answer_all(page, house)
    comment(page, asked)
    return {"response-chart": asked.url, "question-page": asked.answer_page, "edit-page": asked.edit_page}


def _until_finished(page: Page, url: str) -> None:
    details = DetailsPage(page)
    details.open(url)
    while "Finished" not in details.standing() or "pending" in details.accounting():
        page.wait_for_timeout(1000)
    page.wait_for_timeout(15_000)  # for those who open, click and complain late
    details.open(url)


def _take(page: Page, name: str) -> None:
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        page.wait_for_timeout(SETTLING_MS)
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": min(TALLEST, max(size["height"], height))})
        page.wait_for_timeout(SETTLING_MS)
        page.screenshot(path=FOLDER / f"{name}-{size['width']}.png")
    page.set_viewport_size(DESK)


if __name__ == "__main__":
    sys.exit(main())
