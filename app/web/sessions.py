"""Which requests have a session at all: machines and mail programs bring no cookie, and are never given one."""

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

SESSIONLESS = ("/o/", "/c/", "/u/", "/callbacks/", "/api/", "/static/", "/healthz", "/readyz")


class PageSessions(SecureCookieSessionInterface):
    """Flask's signed cookie, but none for pixels, clicks, unsubscribes, callbacks, programs and health checks.

    There Flask falls back to its null session, on which any write is an error.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """The request's session, or None where there shall be none."""
        if request.path.startswith(SESSIONLESS):
            return None
        return super().open_session(app, request)
