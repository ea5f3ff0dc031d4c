"""Macros of which a page shows the same few results again and again, such as icons and badges: each result is made once a process.

A page of fifty rows has more than a hundred of them, and they were a sixth of what it took.
"""

from functools import lru_cache, partial

from flask import Flask
from markupsafe import Markup

FILE = "macros/made_once.html"
NAMES = ("icon", "status_badge", "explained_badge", "cause_badge")
MOST = 1_000  # results that are kept: badges have a count each


def init_app(app: Flask) -> None:
    """Give them to every template by their names."""

    @lru_cache(MOST)
    def made(name: str, *arguments: str | int) -> Markup:
        result: Markup = getattr(app.jinja_env.get_template(FILE).module, name)(*arguments)
        return result

    app.jinja_env.globals.update({name: partial(made, name) for name in NAMES})
