"""Personal fields in the subject, the preview text and the text: pieces to whoever writes, their source in the form."""

from playwright.sync_api import Locator, Page, expect

from tests.flows.house import House
from tests.flows.pages import Composer

AFTER_TYPING = "typed {{ last_name }} too"


def _begun(page: Page, house: House) -> Composer:
    composer = Composer(page, house)
    composer.begin("Licence reminder")
    composer.tick("E-mail and text")
    composer.step("Message")
    return composer


def _kept(page: Page, name: str) -> Locator:
    """What the form sends."""
    return page.locator(f"[name={name}]")


def test_a_field_is_put_in_and_taken_out_with_the_keyboard(page: Page, house: House):
    composer = _begun(page, house)

    composer.subject.press_sequentially("Dear ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.locator("#ask-field")
    expect(dialog).to_be_visible()
    dialog.get_by_label("If it is empty, write").fill("member")
    page.keyboard.press("Enter")
    expect(composer.subject).to_be_focused()
    page.keyboard.type("!")

    expect(composer.subject).to_have_text("Dear First name, or “member”\u200b!")
    expect(_kept(page, "subject")).to_have_value('Dear {{ first_name | default: "member" }}!')
    for _ in range(3):
        page.keyboard.press("Backspace")
    expect(_kept(page, "subject")).to_have_value("Dear ")


def test_a_field_that_was_typed_becomes_a_piece_too(page: Page, house: House):
    composer = _begun(page, house)

    composer.text.fill(AFTER_TYPING)
    page.get_by_role("textbox", name="Preview text").click()

    expect(composer.text.locator(".piece")).to_have_text("Last name")
    expect(_kept(page, "sms_body")).to_have_value(AFTER_TYPING)


def test_lines_stay_lines_and_texts_have_several(page: Page, house: House):
    composer = _begun(page, house)

    for surface in (composer.subject, composer.text):
        surface.fill("one")
        surface.press("End")
        surface.press("Enter")
        page.keyboard.type("two")

    expect(_kept(page, "subject")).to_have_value("onetwo")
    expect(_kept(page, "sms_body")).to_have_value("one\ntwo")
