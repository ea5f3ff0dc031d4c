"""Requests over so many connections at once, each sending its next when the last is answered."""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bench.ground import NotMeasured

END_OF_HEAD = b"\r\n\r\n"
CONNECTIONS = 64


@dataclass(slots=True)
class Answers:
    """What came back: by status, and how long each took."""

    started: float = 0.0
    ended: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Answers a second, from the first request to the last answer."""
        return len(self.seconds) / (self.ended - self.started)

    def percentile_ms(self, percent: float) -> float:
        """The time within which so many percent were answered."""
        return 1000 * sorted(self.seconds)[min(len(self.seconds) - 1, int(len(self.seconds) * percent / 100))]

    def expect(self, status: int) -> None:
        """Raise NotMeasured unless every answer was this one."""
        if set(self.statuses) != {status}:
            raise NotMeasured(f"answers were {dict(self.statuses)}, not all {status}")


class _Caller(asyncio.Protocol):
    def __init__(self, requests: Iterator[bytes], answers: Answers) -> None:
        self._requests = requests
        self._answers = answers
        self._received = bytearray()
        self._sent_at = 0.0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types: TCP gives no other
        self._transport = transport
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(END_OF_HEAD)
        if end < 0 or len(self._received) < end + 4 + _length(bytes(self._received[:end])):
            return
        self._answers.seconds.append(time.perf_counter() - self._sent_at)
        self._answers.statuses[int(self._received[9:12])] += 1
        self._received.clear()
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server hung up"))

    def _send(self) -> None:
        request = next(self._requests, None)
        if request is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)


def fire(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> Answers:
    """Send all of them, each once."""
    return asyncio.run(_fire(port, requests, connections))


async def _fire(port: int, requests: Sequence[bytes], connections: int) -> Answers:
    answers, waiting = Answers(), iter(requests)
    answers.started = time.perf_counter()
    loop = asyncio.get_running_loop()
    made = [await loop.create_connection(lambda: _Caller(waiting, answers), "127.0.0.1", port) for _ in range(connections)]
    await asyncio.gather(*(caller.done for _, caller in made))
    answers.ended = time.perf_counter()
    return answers


def get_request(path: str, agent: str) -> bytes:
    """A GET as a browser would send it, in short."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n".encode()


def post_request(path: str, body: bytes, headers: str) -> bytes:
    """A POST; `headers` are whole lines, each with its end."""
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
