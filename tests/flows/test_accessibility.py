"""Every page for those who read by ear, by keyboard, or on a small screen."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, StorageState, expect

from tests.flows.browser import DESK, PHONE, visit
from tests.flows.house import House
from tests.flows.pages import press
from tests.flows.places import places
from tests.flows.story import Ended

pytestmark = pytest.mark.flow
BAD = {"serious", "critical"}


@pytest.fixture(scope="module")
def addresses(house: House, browser: Browser, signed_in: StorageState, ended: Ended) -> dict[str, str]:
    with visit(browser, state=signed_in) as page:
        page.goto(f"{house.url}/home")
        press(page, "New send-out")
        return places(page, house, ended, page.url.replace("/audience", "/review"))


def faults_of(page: Page) -> list[str]:
    """What axe calls serious or worse, and whether one has to scroll sideways."""
    found = Axe().run(page).response["violations"]
    faults = [f"{rule['id']}: {node['html'][:120]}" for rule in found if rule["impact"] in BAD for node in rule["nodes"][:3]]
    is_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    return [*faults, "wider than the screen"] if is_wide else faults


def test_no_page_has_a_serious_fault_at_a_desk_or_on_a_phone(page: Page, addresses: dict[str, str]):
    faults = {}
    for name, url in addresses.items():
        page.goto(url)
        for size in (DESK, PHONE):
            page.set_viewport_size(size)
            faults[f"{name} at {size['width']}"] = faults_of(page)

    assert {place: found for place, found in faults.items() if found} == {}


def test_the_first_key_offers_to_skip_to_the_page(page: Page, house: House):
    page.goto(f"{house.url}/sendouts")

    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the page")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"


def test_the_focus_is_always_to_be_seen(page: Page, house: House):
    page.goto(f"{house.url}/sendouts")
    script = """() => {
      const style = getComputedStyle(document.activeElement)
      return [style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0, style.boxShadow !== 'none'].some(Boolean)
    }"""

    for _ in range(15):
        page.keyboard.press("Tab")

        assert page.evaluate(script), page.evaluate("document.activeElement.outerHTML")


def test_escape_closes_a_question_and_does_nothing(page: Page, ended: Ended):
    page.goto(f"{ended.url}/resend")
    page.locator("form[data-resend] button").first.click()
    expect(page.locator("#ask")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator("#ask")).to_be_hidden()
    assert page.url.endswith("/resend")


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page, ended: Ended):
    page.goto(ended.url)
    page.locator(".page-actions summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".page-actions .menu-body")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.locator(".page-actions .menu-body")).to_be_hidden()
    expect(page.locator(".page-actions summary")).to_be_focused()
