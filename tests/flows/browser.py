"""A real browser whose pages may not complain: no script error, no breach of the content policy, no failing server."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Response, StorageState, ViewportSize, expect

DESK = ViewportSize(width=1280, height=900)
PHONE = ViewportSize(width=390, height=844)
PATIENCE_MS = 30_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
_REFUSED = "Failed to load resource: the server responded with a status of 4"  # a form sent back; 5xx are seen as answers


@contextmanager
def chromium(playwright: Playwright) -> Iterator[Browser]:
    """The machine's own browser, without a window."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    assert path, "no Chromium on this machine: `make browser` brings one"
    expect.set_options(timeout=PATIENCE_MS)
    browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
    yield browser
    browser.close()


@contextmanager
def visit(browser: Browser, size: ViewportSize = DESK, state: StorageState | None = None) -> Iterator[Page]:
    """A page of somebody's own; AssertionError at the end if anything was wrong in it."""
    context = browser.new_context(viewport=size, storage_state=state, has_touch=size == PHONE, reduced_motion="reduce")
    trouble = _trouble(context)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()
    assert not trouble, trouble


def _trouble(context: BrowserContext) -> list[str]:
    found: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith(_REFUSED):
            found.append(f"console: {message.text}")

    def see(answer: Response) -> None:
        if answer.status >= 500:
            found.append(f"{answer.status} {answer.url}")

    context.on("console", hear)
    context.on("response", see)
    context.on("weberror", lambda error: found.append(f"script: {error.error}"))
    return found
