"""Pictures that people send along with their texts: Twilio's Media resource, and the store that it redirects to."""

import secrets
import struct
import zlib
from dataclasses import dataclass, field
from functools import cache

from aiohttp import web

STORE = "/twilio-media"
KIND = "image/png"
_WIDTH, _HEIGHT = 480, 320


@dataclass(frozen=True)
class Picture:
    """A picture of somebody's, with the name that only a redirect tells."""

    sid: str = field(default_factory=lambda: f"ME{secrets.token_hex(16)}")
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))


class MediaStore:
    """Gives a picture out to whoever was redirected to it, as a storage service does: one who also signs in is refused."""

    def __init__(self) -> None:
        self._keys: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get(f"{STORE}/{{key}}", self._fetch)]

    def put(self, picture: Picture) -> str:
        """Where it is for now."""
        self._keys.add(picture.key)
        return f"{STORE}/{picture.key}"

    async def _fetch(self, request: web.Request) -> web.Response:
        if "Authorization" in request.headers:
            return web.Response(text="Only one auth mechanism allowed", status=400)
        if request.match_info["key"] not in self._keys:
            return web.Response(text="Not found", status=404)
        return web.Response(body=a_picture(), content_type=KIND)


@cache
def a_picture() -> bytes:
    """A pitch with its lines, as a PNG."""
    rows = b"".join(b"\0" + b"".join(_colour(x, y) for x in range(_WIDTH)) for y in range(_HEIGHT))
    head = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")


def _colour(x: int, y: int) -> bytes:
    edge = 24
    is_line = x in range(edge, edge + 4) or x in range(_WIDTH - edge - 4, _WIDTH - edge) or abs(x - _WIDTH // 2) < 2  # noqa: PLR2004
    is_line |= y in range(edge, edge + 4) or y in range(_HEIGHT - edge - 4, _HEIGHT - edge)
    is_line |= 46**2 < (x - _WIDTH // 2) ** 2 + (y - _HEIGHT // 2) ** 2 < 50**2
    if is_line and edge <= x < _WIDTH - edge and edge <= y < _HEIGHT - edge:
        return b"\xf4\xf7\xf2"
    return b"\x3f\x8f\x4f" if x // 40 % 2 else b"\x4a\x9c\x5a"


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
