"""A browser for page tests: signed in as somebody or as nobody, with the CSRF token that a page would have given it.

Commit what the pages shall see: a request has a database session of its own.
"""

import secrets
import time
from typing import Any

from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from app.models import User


class Browser:
    """Requests with their own application context each, so that nothing of one request is left for the next."""

    def __init__(self, app: Flask, user: User | None = None) -> None:
        self.app = app
        self.client = app.test_client()
        secret = secrets.token_hex(20)
        self.csrf_token = URLSafeTimedSerializer(str(app.secret_key), salt="wtf-csrf-token").dumps(secret)
        uniquifier = user.fs_uniquifier if user else None
        with app.app_context(), self.client.session_transaction() as session:
            session["csrf_token"] = secret
            if uniquifier:
                session.update({"_user_id": uniquifier, "_fresh": True, "fs_cc": "set", "fs_paa": time.time()})

    def open(self, method: str, path: str, **options: Any) -> TestResponse:
        """Any request, as it is."""
        with self.app.app_context():
            return self.client.open(path, method=method, **options)

    def get(self, path: str, **headers: str) -> TestResponse:
        """Visit a page; headers by name, with _ for -."""
        return self.open("GET", path, headers=_named(headers))

    def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> TestResponse:
        """Submit a form, with its token."""
        return self.open("POST", path, data={"csrf_token": self.csrf_token} | (data or {}), headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
