"""Providers are stood in for by a web server on loopback; nothing here needs the database."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from app.providers.ses import ses_client
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


@pytest.fixture(scope="session")
def ses(running_server: ScriptedServer) -> Iterator[Any]:
    made = ses_client("eu-west-1", running_server.url)
    yield made
    made.close()


@pytest.fixture(scope="session")
def impatient_ses(running_server: ScriptedServer) -> Iterator[Any]:
    config = Config(read_timeout=0.2, retries={"mode": "standard", "total_max_attempts": 1})
    made = boto3.session.Session().client("sesv2", region_name="eu-west-1", endpoint_url=running_server.url, config=config)
    yield made
    made.close()
