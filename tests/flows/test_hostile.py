"""What people with bad intentions send us, and ask of us, comes to nothing."""

import csv
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.shown import ShownStatus, group_of
from tests.flows.browser import visit
from tests.flows.crowd import FORMULA, HOSTILE_NAME, LIST, YES_NUMBER
from tests.flows.house import PROJECT, House, until
from tests.flows.pages import press, sign_in
from tests.flows.story import SUBJECT, Ended

pytestmark = [pytest.mark.flow, pytest.mark.usefixtures("ended")]
SCRIPT = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
STRANGER = "mallory@elsewhere.example"
THEIR_PASSWORD = "a long sentence of theirs"
CONTRAST = """badge => {
  const numbers = colour => colour.match(/[\\d.]+/g).map(Number)
  const light = ([red, green, blue]) => [red, green, blue]
    .map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, place) => sum + part * [0.2126, 0.7152, 0.0722][place], 0)
  const style = getComputedStyle(badge)
  const [one, other] = [light(numbers(style.color)), light(numbers(style.backgroundColor))]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}"""


@pytest.fixture(scope="module")
def stranger(house: House, browser: Browser) -> Iterator[Page]:
    """An owner of another organisation, signed in."""
    number = re.findall(r"Organisation (\d+)", house.command("create-organisation", "Elsewhere"))[0]
    said = house.command("create-user", STRANGER, "--name", "Mallory", "--organisation", number)
    with visit(browser) as page:
        page.goto(re.findall(r"http\S+", said)[0])
        page.get_by_label("Password", exact=True).fill(THEIR_PASSWORD)
        page.get_by_label("Password again").fill(THEIR_PASSWORD)
        press(page, "Set password")
        sign_in(page, house.url, STRANGER, THEIR_PASSWORD)
        yield page


def post(url: str, body: bytes, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body, named, method="POST")  # noqa: S310 - our own house
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - see above
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_script_in_a_name_is_shown_as_the_words_it_is(page: Page, house: House, ended: Ended):
    for path in ("/participants?q=opens12", ended.url.removeprefix(house.url) + "/recipients?channel=email&q=opens12"):
        page.goto(house.url + path)

        expect(page.locator("main")).to_contain_text(HOSTILE_NAME)
        assert page.title() != "taken"


def test_script_in_a_text_back_is_shown_as_the_words_it_is(page: Page, house: House):
    house.simulator.text_us(YES_NUMBER, SCRIPT)
    until(lambda: page.goto(f"{house.url}/replies") and page.get_by_text("onerror").count())

    page.locator(".queue-row", has_text="Yara Yildiz").click()

    expect(page.locator(".turn.is-theirs .bubble-words").last).to_have_text(SCRIPT)
    assert "taken" not in page.title()


def test_markup_in_a_subject_stays_words(page: Page, ended: Ended):
    page.goto(f"{ended.url}/preview")

    expect(page.locator(".preview-desktop .preview-head")).to_contain_text(SUBJECT)
    expect(page.locator(".preview-desktop .preview-head b")).to_have_count(0)


def test_no_export_holds_a_formula(page: Page, house: House, ended: Ended):
    page.goto(f"{house.url}/lists")
    page.get_by_role("link", name=LIST, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(LIST)
    exports = [f"{page.url}/export.csv", f"{ended.url}/recipients.csv?channel=email"]

    files = [page.request.get(url).body().decode("utf-8-sig") for url in exports]

    for file in files:
        cells = [cell for row in csv.reader(file.splitlines()) for cell in row]
        assert any(FORMULA in cell for cell in cells)
        assert not any(cell.startswith(("=", "@", "\t")) for cell in cells)


@pytest.mark.parametrize(
    "path",
    [
        "/sendouts/1", "/sendouts/1/recipients", "/sendouts/1/recipients.csv", "/sendouts/1/compose/audience", "/sendouts/1/resend",
        "/sendouts/1/doughnut/email.json", "/participants/1", "/lists/1", "/lists/1/export.csv", "/imports/1", "/imports/1/failed.csv",
        "/unsubscribes/1", "/replies/1",
    ],
)  # fmt: skip
def test_what_another_organisation_has_does_not_exist(house: House, stranger: Page, path: str):
    assert stranger.request.get(house.url + path).status == 404


@pytest.mark.parametrize("sample", ["reject-tampered-message", "reject-no-signature", "reject-foreign-topic-notification"])
def test_a_forged_event_of_amazon_is_refused(house: House, sample: str):
    body = (PROJECT / f"tests/payloads/sns/{sample}.json").read_bytes()

    status = post(f"{house.url}/callbacks/ses", body, Content_Type="text/plain; charset=UTF-8", x_amz_sns_message_type="Notification")

    assert status == 403


@pytest.mark.parametrize("kind", ["status", "inbound"])
def test_a_forged_callback_of_twilio_is_refused(page: Page, house: House, kind: str):
    form = {"MessageSid": "SM" + "0" * 32, "From": YES_NUMBER, "To": "+15005550006", "Body": "STOP", "MessageStatus": "failed"}

    status = post(f"{house.url}/callbacks/twilio/{kind}", urllib.parse.urlencode(form).encode(), X_Twilio_Signature="Zm9yZ2Vk")

    assert status == 403
    page.goto(f"{house.url}/unsubscribes?q={YES_NUMBER.removeprefix('+')}")
    expect(page.locator("#entries")).to_contain_text("Not on the list")


def test_every_status_is_legible_as_a_badge(page: Page, ended: Ended):
    page.goto(ended.url)
    badge = page.locator("#recipients .status-badge").first

    for status in ShownStatus:
        badge.evaluate("(badge, classes) => { badge.className = classes }", f"status-badge status-{status} group-{group_of(status)}")

        assert badge.evaluate(CONTRAST) >= 4.5, status
