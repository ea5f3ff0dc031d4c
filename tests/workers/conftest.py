"""Jobs run in an application of their own, made from the environment as in a worker; its carriers are fakes."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import db, redis_client
from tests.conftest import TEST_SETTINGS
from tests.fakes import FakeProviders
from workers.runtime import application, draining


@pytest.fixture(scope="session")
def worker_app(app: Flask) -> Iterator[Flask]:
    """The application of a worker process over the test database."""
    config = app.extensions["sendout"]
    named = TEST_SETTINGS | {"DATABASE_URL": config.database_url, "REDIS_URL": config.redis_url, "SETTLE_SECONDS": "900"}
    with pytest.MonkeyPatch.context() as environment:
        for name, value in named.items():
            environment.setenv(name, value)
        made = application()
    yield made
    with made.app_context():
        db.engine.dispose()
    application.cache_clear()


@pytest.fixture
def carriers(app: Flask, worker_app: Flask) -> Iterator[FakeProviders]:
    """Fake carriers, in both applications."""
    fakes = FakeProviders()
    with pytest.MonkeyPatch.context() as patched:
        for each in (app, worker_app):
            patched.setitem(each.extensions, "providers", fakes)
        yield fakes


@pytest.fixture
def redis_away(worker_app: Flask) -> Iterator[None]:
    """Nobody answers where Redis should be."""
    redis_client.bind("redis://127.0.0.1:1/0")
    yield
    redis_client.bind(worker_app.extensions["sendout"].redis_url)


@pytest.fixture
def draining_asked() -> Iterator[None]:
    """This process was told to stop."""
    draining.ask()
    yield
    draining.asked = False
