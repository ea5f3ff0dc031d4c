"""Where a page is looked at from: a new one from its top, one come back to from where it was left."""

import re

from playwright.sync_api import Page, expect

from tests.flows.house import House
from tests.flows.pages import press

SCROLLED = 400
_SCROLL_Y = "window.scrollY"
_LOOKS, _LOOK_MS = 100, 100


def _is_at(page: Page, place: int) -> bool:
    """Whether the page comes to stand there; asked again and again, since its policy lets no script wait inside it."""
    for _ in range(_LOOKS):
        if page.evaluate(_SCROLL_Y) == place:
            return True
        page.wait_for_timeout(_LOOK_MS)
    return False


def _open_somebody_far_down(page: Page, house: House) -> int:
    """From the middle of the participants to one of them; returns how far down that was."""
    page.goto(f"{house.url}/participants")
    page.evaluate(f"window.scrollTo(0, {SCROLLED})")
    assert _is_at(page, SCROLLED)
    page.locator(".person-link").nth(3).evaluate("link => link.click()")
    expect(page).to_have_url(re.compile(r"/participants/\d+$"))
    expect(page.locator("main h1")).to_be_focused()
    return SCROLLED


def test_a_new_page_opens_at_its_top_and_is_announced(phone: Page, house: House):
    _open_somebody_far_down(phone, house)

    assert phone.evaluate(_SCROLL_Y) == 0


def test_going_back_finds_the_place_that_was_left(phone: Page, house: House):
    left = _open_somebody_far_down(phone, house)

    phone.go_back()

    expect(phone.locator(".person-link").first).to_be_visible()
    assert _is_at(phone, left)


def test_the_next_step_of_the_composer_opens_at_its_top(phone: Page, house: House):
    phone.goto(f"{house.url}/sendouts")
    press(phone, re.compile("New send-out|Write the first one"))
    phone.get_by_label("Name of this send-out").fill("Summer fair")
    phone.evaluate("window.scrollTo(0, document.body.scrollHeight)")

    press(phone, re.compile("^Next"))

    expect(phone).to_have_url(re.compile(r"/message$"))
    expect(phone.locator("main h1")).to_be_focused()
    assert phone.evaluate(_SCROLL_Y) == 0


def test_new_rows_in_place_move_nothing(page: Page, house: House):
    page.set_viewport_size({"width": 1280, "height": 500})
    page.goto(f"{house.url}/participants")
    page.evaluate("window.scrollTo(0, 60)")

    with page.expect_response(lambda answer: "q=a" in answer.url):
        page.locator("[name=q]").last.evaluate("field => { field.value = 'a'; field.dispatchEvent(new Event('input', {bubbles: true})) }")
    expect(page).to_have_url(re.compile("q=a"))

    assert page.evaluate(_SCROLL_Y) == 60


def test_what_is_said_twice_is_read_once(page: Page, house: House):
    page.goto(f"{house.url}/home")
    said = """words => document.dispatchEvent(new CustomEvent("toasts", { detail: { all: [{ text: words, kind: "success" }] } }))"""

    for words in ("Paused.", "Cancelled.", "Cancelled."):
        page.evaluate(said, words)

    expect(page.locator(".notice-words")).to_have_text(["Paused.", "Cancelled."])


def test_on_a_phone_the_tab_that_one_is_on_is_in_sight(phone: Page, house: House):
    phone.goto(f"{house.url}/settings/account")

    expect(phone.locator(".tabs [aria-current]")).to_be_in_viewport(ratio=0.9)
    assert phone.evaluate(_SCROLL_Y) == 0


def test_on_a_phone_the_bar_has_five_entries_and_the_last_holds_the_others(phone: Page, house: House):
    phone.goto(f"{house.url}/home")
    expect(phone.locator(".rail > :visible")).to_have_count(5)

    phone.locator(".rail-more summary").tap()
    phone.locator(".rail-more").get_by_role("link", name="Reports").tap()

    expect(phone).to_have_url(re.compile("/reports/"))
