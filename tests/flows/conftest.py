"""One stack and one browser for all stories, and the send-out that most of them go on from."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, StorageState, sync_playwright

from tests.flows.browser import PHONE, chromium, visit
from tests.flows.house import House, running_house
from tests.flows.pages import sign_in
from tests.flows.story import Draft, Ended, Imported, Resent, bring_people_in, resend, send_and_watch, send_text_to_all, write


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Everything, started once."""
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright, chromium(playwright) as running:
        yield running


@pytest.fixture(scope="session")
def signed_in(house: House, browser: Browser) -> StorageState:
    """The owner's cookies, so that only one story signs in."""
    with visit(browser) as page:
        sign_in(page, house.url, house.email, house.password)
        return page.context.storage_state()


@pytest.fixture
def page(browser: Browser, signed_in: StorageState) -> Iterator[Page]:
    """The owner at a desk."""
    with visit(browser, state=signed_in) as visited:
        yield visited


@pytest.fixture
def phone(browser: Browser, signed_in: StorageState) -> Iterator[Page]:
    """The owner with a phone."""
    with visit(browser, PHONE, signed_in) as visited:
        yield visited


@pytest.fixture(scope="session")
def imported(house: House, browser: Browser, signed_in: StorageState, tmp_path_factory: pytest.TempPathFactory) -> Imported:
    with visit(browser, state=signed_in) as page:
        return bring_people_in(page, house, tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def draft(house: House, browser: Browser, signed_in: StorageState, imported: Imported) -> Draft:
    with visit(browser, state=signed_in) as page:
        return write(page, house, imported.onto)


@pytest.fixture(scope="session")
def ended(house: House, browser: Browser, signed_in: StorageState, draft: Draft) -> Ended:
    """The story's send-out, run to its end once."""
    with visit(browser, state=signed_in) as page:
        page.goto(draft.url)
        return send_and_watch(page, house)


@pytest.fixture(scope="session")
def resent(browser: Browser, signed_in: StorageState, ended: Ended) -> Resent:
    with visit(browser, state=signed_in) as page:
        return resend(page, ended.url)


@pytest.fixture(scope="session")
def to_all(house: House, browser: Browser, signed_in: StorageState, resent: Resent) -> str:  # noqa: ARG001 - so that both wait their seconds together
    """A text to everybody, sent right after the resend."""
    with visit(browser, state=signed_in) as page:
        return send_text_to_all(page, house)
