"""The language of pages for people without an account: `_("Thank you")` in their templates, and times as they are written there."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from flask import Flask, current_app, g, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from app.lib.catalogue import LANGUAGES, SOURCE_LANGUAGE, in_language, spoken
from app.web.guards import Door, Guard


def init_app(app: Flask) -> None:
    """Give templates `_` and `when`. Pages that name no `language` are English, as the dashboard is."""
    app.jinja_env.globals.update(_=_said, known_words=_known_words, when=_when)


def page_language(*wanted: str | None) -> str:
    """The reader's language, else their organisation's, else what their browser asks for, as far as we speak it; else English."""
    return spoken(*wanted) or request.accept_languages.best_match(LANGUAGES) or SOURCE_LANGUAGE


def reader_speaks(*languages: str | None) -> None:
    """Note what the reader of this page speaks, for whatever may go wrong on the way to it."""
    g.reader_languages = languages


def problem_language() -> str | None:
    """What a page that tells of a problem speaks to whoever came by a link in a message; None for everybody else."""
    guard: Guard | None = getattr(current_app.view_functions.get(request.endpoint or ""), "guard", None)
    if guard is None or guard.door is not Door.TOKEN:
        return None
    return page_language(*g.get("reader_languages", ()))


@pass_context
def _said(context: Context, words: str, **values: object) -> Markup:
    """Our own words, which may hold markup, in the page's language; values are escaped into their placeholders."""
    return Markup(in_language(context.get("language"), words)).format(**values)  # noqa: S704  the words are ours


@pass_context
def _known_words(context: Context, words: str) -> str:
    """A sentence that came from the code, such as what is wrong with a field, in the page's language; escaped like any other."""
    return in_language(context.get("language"), words)


@pass_context
def _when(context: Context, moment: datetime, time_zone: str = "UTC") -> str:
    """A day and time as people write it in the page's language."""
    return format_datetime(moment.astimezone(ZoneInfo(time_zone)), "medium", locale=context.get("language") or SOURCE_LANGUAGE)
