"""Providers are stood in for by a web server on loopback; nothing here needs the database."""

from collections.abc import Iterator

import pytest

from tests.providers.scripted_server import ScriptedServer, scripted_server


@pytest.fixture(scope="session")
def running_server() -> Iterator[ScriptedServer]:
    with scripted_server() as running:
        yield running


@pytest.fixture
def server(running_server: ScriptedServer) -> ScriptedServer:
    """The server with its memory emptied; clients are dear to make and live longer than a test."""
    running_server.forget()
    return running_server


@pytest.fixture
def dead_url() -> str:
    """An address on which nobody listens."""
    with scripted_server() as stopped:
        return stopped.url


@pytest.fixture(scope="session", autouse=True)
def credentials() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "only-for-tests")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield
