"""Further applications in one process: for routes of a test's own, and for servers that are away."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app import create_app
from app.extensions import db
from config import Config
from tests.conftest import TEST_SETTINGS


@pytest.fixture
def build(app: Flask) -> Iterator[Callable[..., Flask]]:
    """Builds applications, over other settings if any are given; afterwards what they share is bound to the test's own again."""
    built = []

    def another(**settings: str) -> Flask:
        ours = app.extensions["sendout"]
        plain = {"DATABASE_URL": ours.database_url, "REDIS_URL": ours.redis_url}
        built.append(create_app(Config.from_env(TEST_SETTINGS | plain | settings)))
        return built[-1]

    yield another
    another()
    for each in built:
        with each.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def house(build: Callable[..., Flask]) -> Flask:
    """Another application over the test's own settings, to hang routes on."""
    return build()
