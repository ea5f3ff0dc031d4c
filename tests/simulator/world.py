"""Both ends of the simulator's wire: a receiver of its callbacks, and a handle on its process."""

import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

ACCOUNT_SID = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
AUTH_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
OUR_NUMBER = "+15005550006"
PATIENCE_SECONDS = 10.0


@dataclass(frozen=True)
class Arrival:
    """One request that the application would have got."""

    method: str
    path: str
    headers: Message
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def envelope(self) -> dict[str, str]:
        envelope: dict[str, str] = json.loads(self.body)
        return envelope

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(self.envelope["Message"])
        return event


@dataclass
class Receiver:
    """The application's place: writes down what comes, confirms the subscription, answers as told."""

    url: str = ""
    arrivals: list[Arrival] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)  # of the next answers; then 204
    twiml: bytes = b""
    confirms: bool = True

    def to_path(self, path: str) -> list[Arrival]:
        return [arrival for arrival in list(self.arrivals) if arrival.path.startswith(path)]

    def events(self, address: str = "") -> list[dict[str, Any]]:
        """SES's events in order of arrival, of one address or of all."""
        envelopes = [arrival for arrival in self.to_path("/callbacks/ses") if arrival.envelope.get("Subject")]
        return [arrival.event for arrival in envelopes if address in ("", arrival.event["mail"]["destination"][0])]

    def statuses_of(self, sid: str) -> list[tuple[str, str | None]]:
        forms = [arrival.form for arrival in self.to_path("/status")]
        return [(form["MessageStatus"], form.get("ErrorCode")) for form in forms if form["MessageSid"] == sid]

    def answer(self, arrival: Arrival) -> tuple[int, bytes]:
        self.arrivals.append(arrival)
        if self.confirms and arrival.headers.get("x-amz-sns-message-type") == "SubscriptionConfirmation":
            threading.Thread(target=call, args=("GET", arrival.envelope["SubscribeURL"])).start()
        if self.statuses:
            return self.statuses.pop(0), b""
        return (200, self.twiml) if arrival.path.endswith("/inbound") else (204, b"")


@dataclass(frozen=True)
class Simulator:
    """A running simulator, asked through its control API."""

    url: str
    log: Path

    def ask(self, method: str, path: str, body: object = None) -> Any:
        status, answer = call(method, f"{self.url}/control/{path}", json.dumps(body).encode() if body is not None else None)
        assert status < 300, answer
        return json.loads(answer)

    def faults(self, **wanted: float | bool) -> None:
        self.ask("PUT", "faults", wanted)

    def accepted(self) -> list[dict[str, Any]]:
        acceptances: list[dict[str, Any]] = self.ask("GET", "acceptances")["acceptances"]
        return acceptances

    def settle(self) -> None:
        """Wait until nothing more is to come."""
        wait_until(lambda: self.ask("GET", "idle")["idle"])

    def ses(self, read_timeout: float = 5.0) -> Any:
        config = Config(read_timeout=read_timeout, retries={"mode": "standard", "total_max_attempts": 1})
        return _session().client("sesv2", endpoint_url=self.url, config=config)

    def twilio(self, token: str = AUTH_TOKEN, timeout: float = 5.0) -> Any:
        return Client(ACCOUNT_SID, token, http_client=_LocalHttpClient(self.url, timeout))


@cache
def _session() -> boto3.Session:
    """One for all clients: it reads Amazon's models once."""
    return boto3.Session("AKIDEXAMPLE", "example", region_name="eu-west-1")


class _LocalHttpClient(TwilioHttpClient):
    """The SDK's own client, led to the simulator."""

    def __init__(self, base_url: str, timeout: float) -> None:
        super().__init__(timeout=timeout, pool_connections=False)
        self._base_url = base_url

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # type: ignore[override]
        return super().request(method, url.replace("https://api.twilio.com", self._base_url), *args, **kwargs)


def call(method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    try:
        asked = Request(url, data=body, method=method, headers=dict(headers or {}))  # noqa: S310 - our own loopback addresses
        with urlopen(asked, timeout=5) as answer:  # noqa: S310 - our own loopback addresses
            return answer.status, answer.read()
    except HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


def wait_until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@contextmanager
def receiving(*, confirms: bool = True) -> Iterator[Receiver]:
    receiver = Receiver(confirms=confirms)
    server = ThreadingHTTPServer(("127.0.0.1", free_port()), _handler_of(receiver))
    server.daemon_threads = True
    receiver.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield receiver
    server.shutdown()
    server.server_close()


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = receiver.answer(Arrival(self.command, self.path, self.headers, body))
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def simulating(receiver: Receiver, folder: Path, *options: str) -> Iterator[Simulator]:
    """A simulator hurried up: 20 ms between events, 200 ms for people, SNS's 20 s waits in 0.2 s."""
    port = free_port()
    log = folder / "acceptances.jsonl"
    hurried = ["--step", "0.02", "--pace", "0.2", "--retry-scale", "0.01", "--max-send-rate", "0", "--price-after", "0"]
    argv = [sys.executable, "-m", "simulator", "--port", str(port), "--callback-url", receiver.url, "--log", str(log), *hurried, *options]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert "simulator at" in process.stdout.readline()
            yield Simulator(f"http://127.0.0.1:{port}", log)
        finally:
            process.terminate()
            assert process.wait(10) == 0


def free_port() -> int:
    """One of 19100 to 19199, in another order for each process."""
    ports = list(range(19100, 19200))
    random.Random(os.urandom(8)).shuffle(ports)
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
    raise AssertionError("no port is free")


def entry(address: str, **data: str) -> dict[str, Any]:
    """A SendBulkEmail entry as the application makes it."""
    return {
        "Destination": {"ToAddresses": [address]},
        "ReplacementTags": [{"Name": "message_id", "Value": address.partition("@")[0].replace("+", "_").replace(".", "_")}],
        "ReplacementHeaders": [{"Name": "List-Unsubscribe", "Value": f"<{data.get('unsubscribe', 'https://elsewhere.example/u/1')}>"}],
        "ReplacementEmailContent": {"ReplacementTemplate": {"ReplacementTemplateData": json.dumps({"name": "Ann", **data})}},
    }


def bulk(*entries: dict[str, Any], html: str = "<p>Hello {{name}}</p>", **changes: Any) -> dict[str, Any]:
    """The arguments of one SendBulkEmail."""
    template: dict[str, Any] = {"TemplateContent": {"Subject": "Hi {{name}}", "Text": "Hello {{name}}", "Html": html}, "TemplateData": "{}"}
    template["Headers"] = [{"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"}]
    return {
        "FromEmailAddress": "Club <news@mail.example.com>",
        "ConfigurationSetName": "sendout",
        "DefaultContent": {"Template": template},
        "DefaultEmailTags": [{"Name": "attempt", "Value": "1"}],
        "BulkEmailEntries": list(entries),
        **changes,
    }


def simple(address: str, **changes: Any) -> dict[str, Any]:
    """The arguments of one SendEmail."""
    content = {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hello"}}}}
    to = {"ToAddresses": [address]}
    return {
        "FromEmailAddress": "news@mail.example.com",
        "Destination": to,
        "Content": content,
        "ConfigurationSetName": "sendout",
        **changes,
    }
