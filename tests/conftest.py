"""The real database and Redis: one migrated database a test process, emptied after each test."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

import app.models as _tables  # noqa: F401  they register themselves, and the clean-up knows them all
from app import create_app
from app.extensions import Base, db, redis_client
from config import Config

pytest_plugins = ["tests.servers"]

TEST_SETTINGS = {
    "SECRET_KEY": "only-for-tests-only-for-tests-only-for-tests",
    "PUBLIC_URL": "https://app.example.com",
    "AWS_REGION": "eu-west-1",
    "SNS_TOPIC_ARNS": "arn:aws:sns:eu-west-1:111122223333:bulk-ses-events",
    "SES_CONFIGURATION_SET": "bulk-marketing",
    "TWILIO_ACCOUNT_SID": "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9",
    "TWILIO_AUTH_TOKEN": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
}


@pytest.fixture(scope="session")
def app(database_url: str, redis_url: str) -> Iterator[Flask]:
    """The application over the test database, already migrated."""
    application = create_app(Config.from_env(TEST_SETTINGS | {"DATABASE_URL": database_url, "REDIS_URL": redis_url}))
    application.testing = True
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture(autouse=True)
def clean(request: pytest.FixtureRequest) -> Iterator[None]:
    """An application context for tests that touch the database, and an empty database after them."""
    if not {"app", "client", "database", "database_url"} & set(request.fixturenames):
        yield
        return
    application = request.getfixturevalue("app")
    with application.app_context():
        yield
        db.session.rollback()
        db.session.execute(text("SET LOCAL synchronous_commit = off"))
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        db.session.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        db.session.commit()
        redis_client.client.flushdb()
        application.extensions.pop("tracked_links", None)
        db.session.remove()


@pytest.fixture
def database(app: Flask) -> None:
    """Asks for the database without needing the application itself."""


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies."""
    return app.test_client()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the stories that drive a browser over the whole stack: they share one, and are told with the machine to themselves."""
    for item in items:
        if item.path.parent.name == "flows" and ("house" in getattr(item, "fixturenames", ()) or item.path.name == "test_demo.py"):
            item.add_marker("flow")
