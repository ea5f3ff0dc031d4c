"""Every page that a person can come to, by a short name; those about one thing are found by its link."""

import re

from playwright.sync_api import Page

from tests.flows.crowd import LIST
from tests.flows.house import House
from tests.flows.story import Ended

PLAIN = {
    "home": "/home", "send-outs": "/sendouts", "calendar": "/sendouts/calendar", "templates": "/sendouts/templates",
    "urgent-text": "/urgent", "replies": "/replies",
    "participants": "/participants", "filters": "/participants/filters", "new-filter": "/participants/filters/new?what-0=list&add=yes",
    "new-participant": "/participants/new", "lists": "/lists", "import": "/imports", "unsubscribes": "/unsubscribes",
    "unsubscribes-add": "/unsubscribes/add", "unsubscribes-import": "/unsubscribes/import", "reports-messages": "/reports/messages",
    "search": "/search?q=silva", "duplicates": "/participants/duplicates", "answers-by-email": "/replies/e-mails",
    "settings-sending": "/settings/sending", "settings-in-doubt": "/settings/in-doubt",
    "reports-costs": "/reports/costs", "settings-organisation": "/settings/organisation", "settings-senders": "/settings/senders",
    "settings-fields": "/settings/fields", "settings-team": "/settings/team", "settings-account": "/settings/account",
    "settings-service": "/settings/service", "settings-activity": "/settings/activity", "reports-compare": "/reports/compare",
    "settings-developers": "/settings/developers",
    "forgotten-password": "/forgotten", "set-up": "/set-up",
    "settings-follow-up": "/settings/follow-up", "settings-costs": "/settings/costs", "no-such-page": "/no-such-page",
}  # fmt: skip


def places(page: Page, house: House, ended: Ended, draft: str) -> dict[str, str]:
    """Addresses by name. `draft` is the Review of a send-out that has not left."""
    sendout = ended.url
    composer = draft.removesuffix("/review")
    found = {name: house.url + path for name, path in PLAIN.items()}
    found |= {
        "details-email": sendout,
        "details-sms": f"{sendout}?channel=sms",
        "people-of-a-slice": f"{sendout}/recipients?channel=email&status=bounced",
        "not-reached": f"{sendout}/unreached",
        "resend": f"{sendout}/resend",
        "preview": f"{sendout}/preview",
    }
    found |= {f"compose-{step}": f"{composer}/{step}" for step in ("audience", "message", "options", "review")}
    found["list"] = _behind(page, f"{house.url}/lists", f'role=link[name="{LIST}"]')
    found["participant"] = _behind(page, f"{house.url}/participants?q=yildiz", ".person-link")
    found["participant-edit"] = found["participant"] + "/edit"
    found["participant-write"] = found["participant"] + "/write"
    found["participant-data"] = found["participant"] + "/data"
    found["got-nothing"] = found["participant"] + "/got-nothing"
    found["import-done"] = _behind(page, f"{house.url}/imports", ".person-link")
    found["unsubscribes-entry"] = _behind(page, f"{house.url}/unsubscribes?q=bounce6", ".entry-address")
    found["unsubscribes-stop"] = _behind(page, f"{house.url}/unsubscribes?q=stone", ".entry-address")
    found["conversation"] = _behind(page, f"{house.url}/replies?tab=unread", ".queue-row")
    found["unsubscribe-page"] = _unsubscribe_page(page, house)
    return found


def _behind(page: Page, url: str, link: str) -> str:
    page.goto(url)
    return str(page.locator(link).first.evaluate("link => link.href"))


def _unsubscribe_page(page: Page, house: House) -> str:
    """The link at the foot of somebody's e-mail."""
    mail = house.simulator.accepted(to="family4@camp.example")[0]["id"]
    body = page.request.get(f"{house.simulator.url}/mails/{mail}").text()
    return str(re.findall(r'href="([^"]+/u/[^"]+)"', body)[0])
