"""What stands for SES and Twilio in a measurement: answers like them, checks nothing, costs next to nothing.

`python -m bench.sink --port N --certificate FILE`. One connection a protocol object, no framework. It counts what it takes:
GET /taken says how many and when the last came, on the machine's monotonic clock; POST /forget starts anew.
"""

import argparse
import asyncio
import json
import secrets
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

END_OF_HEAD = b"\r\n\r\n"
ACCOUNT = {
    "SendQuota": {"Max24HourSend": -1.0, "MaxSendRate": -1.0, "SentLast24Hours": 0.0},
    "SendingEnabled": True,
    "ProductionAccessEnabled": True,
    "EnforcementStatus": "HEALTHY",
}


@dataclass(slots=True)
class Taken:
    """How many messages were taken, and when the last."""

    count: int = 0
    last_at: float = 0.0
    run: str = field(default_factory=lambda: secrets.token_hex(4))

    def take(self, count: int) -> list[str]:
        """Names for so many more messages, as long as those of SES."""
        first = self.count
        self.count += count
        self.last_at = time.monotonic()
        return [f"01020{self.run}-{number:012x}-0000-4000-8000-000000000000-000000" for number in range(first, self.count)]


@dataclass(frozen=True, slots=True)
class Manner:
    """How the sink behaves."""

    certificate: bytes
    text_seconds: float
    taken: Taken


class Connection(asyncio.Protocol):
    """One client, one request after the other."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types: TCP gives no other
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer whatever is complete."""
        self._received += data
        while (end := self._received.find(END_OF_HEAD)) >= 0:
            head = bytes(self._received[:end])
            start = end + len(END_OF_HEAD)
            stop = start + _length(head)
            if len(self._received) < stop:
                return
            body = bytes(self._received[start:stop])
            del self._received[:stop]
            self._answer(head, body)

    def _answer(self, head: bytes, body: bytes) -> None:
        path = head.split(b" ", 2)[1]
        if path.endswith(b"/Messages.json"):
            asyncio.get_running_loop().call_later(self._manner.text_seconds, self._write, self._text_taken(), 201)
        else:
            self._write(self._content(path, body))

    def _content(self, path: bytes, body: bytes) -> bytes:
        taken = self._manner.taken
        match path:
            case b"/v2/email/outbound-bulk-emails":
                names = taken.take(body.count(b'"Destination"'))
                results = ",".join([f'{{"Status":"SUCCESS","MessageId":"{name}"}}' for name in names])
                return b'{"BulkEmailEntryResults":[%s]}' % results.encode()
            case b"/v2/email/outbound-emails":
                return b'{"MessageId":"%s"}' % taken.take(1)[0].encode()
            case b"/v2/email/account":
                return json.dumps(ACCOUNT).encode()
            case b"/forget":
                taken.count, taken.last_at, taken.run = 0, 0.0, secrets.token_hex(4)
                return b"{}"
            case b"/taken":
                return json.dumps({"count": taken.count, "last_at": taken.last_at}).encode()
            case _:
                return self._manner.certificate

    def _text_taken(self) -> bytes:
        name = self._manner.taken.take(1)[0]
        return json.dumps({"sid": f"SM{name[5:].replace('-', '')[:32]}", "num_segments": "1", "status": "queued"}).encode()

    def _write(self, content: bytes, status: int = 200) -> None:
        head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % (status, len(content))
        self._transport.write(head + content)


def _length(head: bytes) -> int:
    at = head.lower().find(b"\r\ncontent-length:")
    return int(head[at + 17 :].split(b"\r\n", 1)[0]) if at >= 0 else 0


async def serve(port: int, manner: Manner) -> None:
    """Answer until killed, or alone."""
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, sys.exit)  # it closes when whoever started us ends, however that ends
    server = await loop.create_server(lambda: Connection(manner), "127.0.0.1", port, backlog=1024)
    await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--certificate", type=Path, required=True)
    parser.add_argument("--text-ms", type=float, default=30.0)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, Manner(arguments.certificate.read_bytes(), arguments.text_ms / 1000, Taken())))


if __name__ == "__main__":
    main()
