"""Which opens and clicks are believed to be a person's."""

import json
from pathlib import Path

import pytest

from app.domain.engagement import is_machine_click, is_machine_open

EVENTS = Path(__file__).parent.parent / "payloads" / "ses" / "events"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
YAHOO = "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html"


@pytest.mark.parametrize(
    ("user_agent", "seconds", "is_machine"),
    [
        (PHONE, 900.0, False),
        (PHONE, None, False),
        (PHONE, 5.0, True),
        (PHONE, 5.1, False),
        (PHONE, -2.0, True),
        (GMAIL, 60.0, False),
        (GMAIL, 2.0, True),
        (YAHOO, 60.0, False),
        ("Mozilla/5.0", 3600.0, True),
        (" Mozilla/5.0 ", None, True),
        ("", 3600.0, True),
        (None, 3600.0, True),
        ("python-requests/2.32", 3600.0, True),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", None, True),
        ("Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36", 3600.0, False),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/120.0", 3600.0, True),
    ],
)
def test_an_open_is_a_persons_unless_agent_or_haste_speak_against_it(user_agent, seconds, is_machine):
    assert is_machine_open(user_agent, seconds) is is_machine
    assert is_machine_click(user_agent, seconds) is is_machine


def test_several_links_at_once_are_a_scanners():
    assert is_machine_click(PHONE, 900.0, links_in_burst=2)
    assert not is_machine_click(PHONE, 900.0, links_in_burst=1)


@pytest.mark.parametrize("sample", sorted(EVENTS.glob("open*.json")), ids=lambda path: path.stem)
def test_every_sample_open_is_judged_as_its_name_says(sample):
    opened = json.loads(sample.read_text(encoding="utf-8"))["open"]

    assert is_machine_open(opened["userAgent"], 600.0) is ("apple" in sample.stem)


def test_the_sample_scanner_is_found_by_its_haste():
    click = json.loads((EVENTS / "click-link-scanner.json").read_text(encoding="utf-8"))["click"]

    assert is_machine_click(click["userAgent"], 2.0)
