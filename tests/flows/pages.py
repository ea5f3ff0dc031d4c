"""The pages as their reader sees them: by label, role and word, so that a story reads like one."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.flows.house import House

WORKERS_START_MS = 90_000  # a busy machine takes its time to start the workers, and the first import may wait for them
_NUMBERS = re.compile(r"[\d,]+")


def numbers_in(words: str) -> list[int]:
    """The numbers that are said, in order."""
    return [int(found.replace(",", "")) for found in _NUMBERS.findall(words)]


def press(page: Page, word: str | re.Pattern[str]) -> None:
    """A button or a link that leads to a page of its own; the first of that name."""
    page.get_by_role("button", name=word).or_(page.get_by_role("link", name=word)).first.click()


def confirm(page: Page) -> str:
    """Say yes to the one question; returns what was asked."""
    asked = page.locator("#ask").inner_text()
    page.locator("#ask [data-ask-answer=yes]").click()
    return asked


def sign_in(page: Page, url: str, email: str, password: str) -> None:
    """From the sign-in page to Home."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Hello")


@dataclass(frozen=True)
class ImportPages:
    """Import people: file, columns, what will happen, done."""

    page: Page
    house: House

    def choose(self, file: Path) -> None:
        self.page.goto(f"{self.house.url}/imports")
        self.page.locator("#file").set_input_files(file)
        press(self.page, "Read the file")

    def onto_new_list(self, name: str) -> str:
        """Accept the columns as understood; returns the words of the forecast."""
        self.page.get_by_label("or on a new one called").fill(name)
        press(self.page, "See what will happen")
        expect(self.page).to_have_url(re.compile("/forecast$"))
        return self.page.locator("main").inner_text()

    def go(self, proof: str) -> str:
        """Import, wait for the end; returns what is said of it."""
        self.page.get_by_label("Where did these people agree").fill(proof)
        self.page.get_by_role("button", name=re.compile("^Import ")).click()
        expect(self.page.locator("#import [role=status]")).to_contain_text("Done", timeout=WORKERS_START_MS)
        return self.page.locator("#import").inner_text()

    def lines_to_correct(self) -> bytes:
        with self.page.expect_download() as download:
            press(self.page, "Lines to correct")
        return Path(download.value.path()).read_bytes()


@dataclass(frozen=True)
class Composer:
    """Audience, Message, Options, Review."""

    page: Page
    house: House

    def begin(self, title: str) -> None:
        self.page.goto(f"{self.house.url}/home")
        press(self.page, re.compile("^(New send-out|Write)$"))  # the second is for the first one
        self.page.get_by_label("Name of this send-out").fill(title)

    def for_list(self, name: str) -> None:
        self.page.get_by_role("radiogroup", name=name, exact=True).get_by_text("Yes").click()

    def tick(self, words: str) -> None:
        """One answer of several."""
        self.page.get_by_role("radio", name=re.compile(rf"^{words}(?!,)")).check()

    def step(self, word: str) -> None:
        press(self.page, f"Next: {word}")
        expect(self.page.locator(".step[aria-current=step]")).to_contain_text(word)

    def type_mail(self, *pieces: str | tuple[str, str]) -> None:
        """Type into the editor; a pair is a personal field and the word that stands in for it."""
        surface = self.page.locator("[data-surface]")
        surface.click()
        for piece in pieces:
            if isinstance(piece, str):
                self.page.keyboard.type(piece)
                continue
            self.page.get_by_role("toolbar").get_by_role("button", name="Personal field").click()
            self._say_field(*piece)
            expect(surface).to_be_focused()

    def link(self, url: str, words: str) -> None:
        self.page.get_by_role("toolbar").get_by_role("button", name="Link", exact=True).click()
        dialog = self.page.locator("#ask-link")
        dialog.get_by_label("Web or e-mail address").fill(url)
        dialog.get_by_label("Words").fill(words)
        dialog.get_by_role("button", name="Put it in").click()

    def field_into_text(self, field: str, otherwise: str) -> None:
        """At the end of the text message."""
        self.text.press("End")
        self.page.locator("[data-insert-into=sms_body]").click()
        self._say_field(field, otherwise)

    @property
    def subject(self) -> Locator:
        return self.page.locator("[data-chips-for=subject]")

    @property
    def text(self) -> Locator:
        return self.page.locator("[data-chips-for=sms_body]")

    @property
    def size(self) -> Locator:
        return self.page.locator("#text-size")

    def send(self) -> str:
        """Press Send on Review and say yes; returns the address of the send-out's page."""
        self.page.locator(".send-button").click()
        confirm(self.page)
        expect(self.page).to_have_url(re.compile(r"/sendouts/\d+$"))
        return self.page.url

    def _say_field(self, field: str, otherwise: str) -> None:
        dialog = self.page.locator("#ask-field")
        dialog.get_by_label("Put in each person's own").select_option(label=field)
        dialog.get_by_label("If it is empty, write").fill(otherwise)
        dialog.get_by_role("button", name="Put it in").click()


@dataclass(frozen=True)
class DetailsPage:
    """What became of everybody."""

    page: Page

    def open(self, url: str, channel: str = "") -> None:
        self.page.goto(f"{url}?channel={channel}" if channel else url)

    def shown(self) -> dict[str, int]:
        """How many people the table beside the doughnut says, by status; nobody is left out."""
        pair = "[row.dataset.status, Number(row.querySelector('[data-count]').dataset.count)]"
        script = f"rows => Object.fromEntries(rows.map(row => {pair}))"
        counts: dict[str, int] = self.page.locator(".slice-row").evaluate_all(script)
        return {status: people for status, people in counts.items() if people}

    def accounting(self) -> str:
        """The line that adds up; empty until there is one."""
        return " ".join(self.page.locator(".accounting").all_inner_texts())

    def ring(self) -> str:
        """What the drawn doughnut stands for: the people of each slice; empty until there is one."""
        return "".join(self.page.locator(".doughnut-ring[data-standing]").evaluate_all("rings => rings.map(ring => ring.dataset.standing)"))

    def standing(self) -> str:
        return self.page.locator(".standing-line").inner_text()

    def people_of(self, status: str) -> Locator:
        """Click a slice; the rows of its people."""
        self.page.locator(f"#slice-email-{status}").click()
        expect(self.page.locator("#recipients select[name=status]")).to_have_value(status)
        return self.page.locator("#recipients tbody tr")

    def csv(self) -> str:
        with self.page.expect_download() as download:
            self.page.locator("#recipients").get_by_role("link", name="CSV").click()
        return Path(download.value.path()).read_text(encoding="utf-8-sig")
