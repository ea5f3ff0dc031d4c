"""Fetching what an SNS envelope points at, without being led elsewhere.

Whoever posts to us chooses these addresses until a signature has been checked, so the address is judged first, and the
fetch follows no redirect, waits briefly and reads little. The host pattern is that of AWS's own validators; it has to
match whole, or `sns.eu-west-1.amazonaws.com.evil.example` and a trailing newline pass.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from app.providers.base import CannotVerify

_SNS_ORIGIN = re.compile(r"https://sns\.(?P<region>[a-zA-Z0-9-]{3,})\.amazonaws\.com(?:\.cn)?")
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[a-zA-Z0-9]+\.pem")
_CONFIRM_PATH = re.compile(r"/\?Action=ConfirmSubscription&[!-~]+")

_LARGEST_ANSWER = 64 * 1024
_TIMEOUT = urllib3.Timeout(connect=2, read=3)
_CACHED_CERTIFICATES = 32

Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Origins:
    """Where SNS itself may be reached, and beside it only the extra origins: exact scheme, host and port (a simulator's)."""

    extra: tuple[str, ...] = ()

    def holds_certificate(self, url: str, region: str) -> bool:
        """Whether a signing certificate of this region may be fetched from there."""
        return self._holds(url, region, _CERTIFICATE_PATH)

    def confirms(self, url: str, region: str) -> bool:
        """Whether visiting this confirms a subscription in this region, and nothing else."""
        return self._holds(url, region, _CONFIRM_PATH)

    def _holds(self, url: str, region: str, path: re.Pattern[str]) -> bool:
        origin, rest = _split_origin(url)
        if path.fullmatch(rest) is None:
            return False
        sns = _SNS_ORIGIN.fullmatch(origin)
        return origin in self.extra or (sns is not None and sns["region"] == region)


def fetch_briefly(url: str) -> bytes:
    """The body behind an address that was judged before; raises CannotVerify for everything but a small 200."""
    try:
        with urllib3.PoolManager(retries=False, timeout=_TIMEOUT) as pool:
            response = pool.request("GET", url, redirect=False, preload_content=False)
            body = response.read(_LARGEST_ANSWER + 1)
            response.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise CannotVerify(f"no answer from {urlsplit(url).netloc}: {type(error).__name__}") from error
    if response.status != HTTPStatus.OK or len(body) > _LARGEST_ANSWER:
        raise CannotVerify(f"{urlsplit(url).netloc} answered {response.status} with {len(body)} bytes")
    return body


class Certificates:
    """The public keys of signing certificates, fetched once an address and kept parsed: parsing costs more than checking."""

    def __init__(self, fetch: Fetch = fetch_briefly) -> None:
        self._fetch = fetch
        self._keys: dict[str, RSAPublicKey] = {}

    def public_key(self, url: str) -> RSAPublicKey:
        """The key behind an address that was judged before. Raises CannotVerify, and then asks anew next time."""
        key = self._keys.get(url)
        if key is None:
            key = _parsed(self._fetch(url))
            if len(self._keys) >= _CACHED_CERTIFICATES:
                self._keys.clear()
            self._keys[url] = key
        return key


def _parsed(pem: bytes) -> RSAPublicKey:
    try:
        key = x509.load_pem_x509_certificate(pem).public_key()
    except ValueError as error:
        raise CannotVerify("what SNS points at is no certificate") from error
    if not isinstance(key, RSAPublicKey):
        raise CannotVerify("the certificate that SNS points at has no RSA key")
    return key


def _split_origin(url: str) -> tuple[str, str]:
    """Everything before the path, exactly as written: no parser's opinion on user info, ports or backslashes comes between."""
    scheme, separator, after = url.partition("://")
    host, slash, path = after.partition("/")
    return f"{scheme}{separator}{host}", f"{slash}{path}"
