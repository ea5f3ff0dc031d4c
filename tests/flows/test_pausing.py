"""A send-out that takes its time: paused within a second, resumed, and complete."""

import pytest
from playwright.sync_api import Page, expect

from tests.flows.house import House, until
from tests.flows.pages import press

pytestmark = pytest.mark.flow
CALL_SECONDS = 0.5


def test_pause_stops_at_once_and_resume_finishes(page: Page, house: House, to_all: str):
    def texts() -> int:
        return len([text for text in house.simulator.accepted(provider="twilio") if text["at"] > began])

    began = max(text["at"] for text in house.simulator.accepted())
    house.simulator.slow_down("twilio", CALL_SECONDS)
    page.goto(to_all)
    until(texts, 60)

    press(page, "Pause")
    expect(page.locator(".standing-line")).to_contain_text("Paused")
    page.wait_for_timeout(1000 + 1000 * CALL_SECONDS)
    paused_at = texts()
    page.wait_for_timeout(3000)

    assert texts() == paused_at < 300
    house.simulator.slow_down("twilio", 0)
    press(page, "Resume")
    expect(page.locator(".standing-line")).to_contain_text("Finished", timeout=90_000)
    assert texts() > 300
