"""The way to Twilio: one pool of connections for the whole process."""

import logging
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from twilio.http import HttpClient
from twilio.http.response import Response


class PooledHttpClient(HttpClient):
    """Carries the SDK's requests over urllib3, never twice, and raises urllib3's own errors.

    The SDK's own client waits for ever by default and costs about twice the CPU. `api_url` takes the place of
    Twilio's host where it is given.
    """

    def __init__(self, api_url: str | None = None, *, pool_size: int = 10, connect_seconds: float = 5, read_seconds: float = 20) -> None:
        super().__init__(logging.getLogger(__name__), is_async=False)
        self._api_url = api_url.rstrip("/") if api_url else None
        self._pool = urllib3.PoolManager(
            maxsize=pool_size,
            block=False,
            retries=False,
            timeout=urllib3.Timeout(connect=connect_seconds, read=read_seconds),
        )

    def request(  # noqa: PLR0913, PLR0917 (the signature is the SDK's)
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 (the signature is the SDK's)
    ) -> Response:
        """One request and whatever answers it; redirects are followed only when the SDK asks for it."""
        options: dict[str, Any] = {} if timeout is None else {"timeout": timeout}
        answer = self._pool.request(
            method,
            self._address(uri, params),
            body=urlencode(data, doseq=True) if data else None,
            headers={**(headers or {}), **(urllib3.make_headers(basic_auth=":".join(auth)) if auth else {})},
            redirect=allow_redirects,
            **options,
        )
        return Response(answer.status, answer.data.decode("utf-8", "replace"), answer.headers)

    def close(self) -> None:
        """Let go of the idle connections."""
        self._pool.clear()

    def _address(self, uri: str, params: dict[str, object] | None) -> str:
        parts = urlsplit(uri)
        origin = self._api_url or f"{parts.scheme}://{parts.netloc}"
        query = "&".join(text for text in (parts.query, urlencode(params or {}, doseq=True)) if text)
        return f"{origin}{parts.path}{'?' if query else ''}{query}"
