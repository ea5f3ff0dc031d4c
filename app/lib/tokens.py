"""Signed tokens that carry a few row ids in a URL: stateless, one purpose each, without an expiry.

`kid.payload.mac`: the key's name, the ids as variable-length integers, and an HMAC over purpose, key name and ids.
Links in mail are followed years later, so a rotated key is kept for reading and a token never runs out.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

_MAC_BYTES = 16
_MAX_TOKEN_LENGTH = 256  # longer ones are none of ours: not worth a hash


class BadToken(Exception):
    """Not a token of ours for this purpose: forged, cut short, changed, or meant for something else."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret and the short public name that tokens signed with it carry."""

    kid: str
    secret: bytes = field(repr=False)


def signing_key(secret: str) -> SigningKey:
    """The key of a configured secret; its name follows from the secret, so that rotation needs no names."""
    digest = sha256(b"token key\0" + secret.encode()).digest()
    return SigningKey(kid=_encode(sha256(digest).digest()[:3]), secret=digest)


def sign(purpose: str, *ids: int, key: SigningKey) -> str:
    """A token for these non-negative ids that `read_token` gives back for the same purpose only."""
    payload = _encode(b"".join(map(_varint, ids)))
    return f"{key.kid}.{payload}.{_mac(purpose, payload, key)}"


def read_token(purpose: str, token: str, keys: Sequence[SigningKey]) -> tuple[int, ...]:
    """The ids that were signed for this purpose under any of the keys; raises BadToken."""
    kid, payload, mac = _parts(token)
    key = next((each for each in keys if each.kid == kid), None)
    if key is None or not hmac.compare_digest(_mac(purpose, payload, key), mac):
        raise BadToken("this link was not made here, or not for this")
    return tuple(_numbers(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def _parts(token: str) -> list[str]:
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _MAX_TOKEN_LENGTH or not token.isascii():  # noqa: PLR2004
        raise BadToken("this is not a whole link")
    return parts


def _mac(purpose: str, payload: str, key: SigningKey) -> str:
    message = f"{purpose}\0{key.kid}\0{payload}".encode()
    return _encode(hmac.digest(key.secret, message, "sha256")[:_MAC_BYTES])


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _varint(number: int) -> bytes:
    """Seven bits a byte, lowest first, the high bit set on all but the last."""
    if number < 0:
        raise ValueError("only non-negative ids can be signed")
    groups = bytearray()
    while number > 0x7F:  # noqa: PLR2004
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*groups, number])


def _numbers(raw: bytes) -> Iterable[int]:
    number = shift = 0
    for byte in raw:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:  # noqa: PLR2004
            yield number
            number = shift = 0
