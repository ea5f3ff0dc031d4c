"""Amazon SNS's notifications before Flask: verified, kept, answered. The route answers whatever is not verified, or asks for more."""

from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import cast
from wsgiref.types import WSGIEnvironment

import structlog
from flask import Flask

from app.messages.group_commit import NotStored
from app.messages.receipts import committer_of, receipt_row
from app.models import ReceiptKind
from app.providers.base import BadSignature, Callback, CannotVerify
from app.providers.registry import Providers
from app.web.doors import Answer, Door
from config import Config

_SES = "/callbacks/ses"
_LARGEST_BODY = 512 * 1024  # of any notification

log = structlog.get_logger(__name__)


def callback_doors(app: Flask, config: Config) -> dict[str, Door]:
    """By the first part of their paths."""
    return {"/callbacks/": _Notifications(app, config.public_url).ses}


@dataclass(frozen=True, slots=True)
class _Notifications:
    app: Flask
    public_url: str

    def ses(self, environ: WSGIEnvironment) -> Answer | None:
        callback = self._callback(environ)
        if callback is None:
            return None
        adapters = cast("Providers", self.app.extensions["providers"])
        try:
            receipt_key = adapters.ses_callbacks.notification_key(callback)
        except (BadSignature, CannotVerify):
            return None
        return None if receipt_key is None else self._kept(callback, receipt_key)

    def _callback(self, environ: WSGIEnvironment) -> Callback | None:
        """The request as it was signed; its body can be read again behind the door."""
        length = environ.get("CONTENT_LENGTH", "")
        is_plain = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == _SES and not environ.get("QUERY_STRING")
        if not is_plain or not length.isdecimal() or not 0 < int(length) <= _LARGEST_BODY:
            return None
        body = environ["wsgi.input"].read(int(length))
        environ["wsgi.input"] = BytesIO(body)
        headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
        return Callback(f"{self.public_url}{environ.get('SCRIPT_NAME', '')}{_SES}", headers, body)

    def _kept(self, callback: Callback, receipt_key: str) -> Answer:
        committer = committer_of(self.app)
        try:
            committer.store(receipt_row(ReceiptKind.SES, receipt_key, callback.url, callback.body, received_at=callback.received_at))
        except NotStored as problem:
            log.error("callback put off", door="callbacks.ses", problem=str(problem))  # noqa: TRY400  what it is, is known
            committer.note_trouble(ReceiptKind.SES, receipt_key)
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE)
        return Answer(HTTPStatus.OK)
