"""Pieces of which a page shows the same few again and again, such as icons: each is made once a process, by its macro.

A page of fifty rows has more than a hundred of them, and they were a sixth of what it took.
"""

from functools import lru_cache, partial

from flask import Flask
from markupsafe import Markup

FILE = "macros/pieces.html"
NAMES = ("icon", "status_badge", "explained_badge", "cause_badge")
MOST = 1_000  # results that are kept: badges have a count each


def init_app(app: Flask) -> None:
    """Give them to every template by their names."""

    @lru_cache(MOST)
    def piece(name: str, *arguments: str | int) -> Markup:
        return Markup(getattr(app.jinja_env.get_template(FILE).module, name)(*arguments))  # noqa: S704  a template's own

    app.jinja_env.globals.update({name: partial(piece, name) for name in NAMES})
