"""They are asked a question: looking at it says nothing, pressing a button does, and the team reads the answers as a chart."""

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.flows.asking import CHOICES, COMMENT, Asked, answer_all, ask, comment
from tests.flows.browser import PHONE, visit
from tests.flows.house import House
from tests.flows.story import Ended, Imported

pytestmark = pytest.mark.usefixtures("ended")


@pytest.fixture(scope="module")
def asked(house: House, browser: Browser, signed_in: StorageState, imported: Imported, ended: Ended) -> Asked:  # noqa: ARG001 - after it
    with visit(browser, state=signed_in) as page:
        return ask(page, house, imported.onto)


@pytest.fixture
def reader(browser: Browser):
    """Somebody without an account, on a phone."""
    with visit(browser, PHONE) as page:
        yield page


def test_a_choice_counts_once_it_is_pressed_on_the_page(page: Page, reader: Page, house: House, asked: Asked):
    reader.goto(f"{asked.answer_page}?c=3")
    page.goto(asked.url)
    looked = page.locator("#answers .doughnut-hole").inner_text()

    answer_all(reader, house)
    page.reload()

    assert looked.startswith("0")
    rows = [row.split("\t")[:2] for row in page.locator("#answers .slice-row").all_inner_texts()]
    assert {answer.strip(): people for answer, people in rows}.items() >= {CHOICES[0]: "2", CHOICES[1]: "1", CHOICES[2]: "0"}.items()


def test_a_comment_from_the_edit_link_stands_with_the_person(page: Page, reader: Page, asked: Asked):
    comment(reader, asked)

    page.goto(asked.url)
    page.get_by_role("link", name="Anna Quist").first.click()

    expect(page.get_by_text(COMMENT).first).to_be_visible()
