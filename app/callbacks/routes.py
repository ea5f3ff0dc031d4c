"""The doors for Amazon SNS and Twilio: verify, keep, answer. What a callback means is worked out after its answer, but for a STOP.

No session, sign-in, CSRF token or limit stands here: the signature is the door. A 4xx to SNS loses the event for good and
a 5xx to Twilio is repeated only because our callback URLs ask for it, so whatever is our own fault is a 503.
"""

import structlog
from flask import Blueprint, Response, g, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from app.callbacks.service import take_inbound
from app.extensions import db
from app.messages.group_commit import NotStored
from app.messages.receipts import committer, receipt_row
from app.models import ReceiptKind
from app.providers.base import BadSignature, Callback, CallbackReader, CannotVerify, Unreadable
from app.providers.sns import confirm
from app.web.guards import with_signature
from app.web.installation import providers, settings

bp = Blueprint("callbacks", __name__, url_prefix="/callbacks")

_DOORS = {
    "callbacks.ses": ReceiptKind.SES,
    "callbacks.twilio_status": ReceiptKind.TWILIO_STATUS,
    "callbacks.twilio_inbound": ReceiptKind.TWILIO_INBOUND,
}
_LARGEST_BODY = 1024 * 1024
_NO_REPLY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'

log = structlog.get_logger(__name__)


@bp.post("/ses")
@with_signature
def ses() -> Response:
    reader = providers().ses_callbacks
    callback = _verified(reader)
    confirmation = reader.confirmation(callback)
    if confirmation is not None:
        g.is_news = False
        confirm(confirmation)
        log.info("sns subscription confirmed", topic=confirmation.topic_arn)
    else:
        committer().store(_row(ReceiptKind.SES, callback))
    return Response(status=200)


@bp.post("/twilio/status")
@with_signature
def twilio_status() -> Response:
    callback = _verified(providers().twilio_callbacks)
    committer().store(_row(ReceiptKind.TWILIO_STATUS, callback))
    return Response(status=204)


@bp.post("/twilio/inbound")
@with_signature
def twilio_inbound() -> Response:
    callback = _verified(providers().twilio_callbacks)
    take_inbound(_row(ReceiptKind.TWILIO_INBOUND, callback))
    db.session.commit()
    return Response(_NO_REPLY, mimetype="text/xml")


@bp.errorhandler(BadSignature)
def refuse(problem: BadSignature) -> Response:
    """Whoever sent this gets it refused for good."""
    log.warning("callback refused", door=request.endpoint, problem=str(problem))
    return Response(status=403)


@bp.errorhandler(Exception)
def ask_again(problem: Exception) -> Response | HTTPException:
    """Whatever is our own fault is answered so that the sender tries again, and remembered: nothing is settled until it has."""
    if isinstance(problem, HTTPException):
        return problem
    is_foreseen = isinstance(problem, NotStored | CannotVerify | OperationalError)
    log.error("callback put off", door=request.endpoint, problem=type(problem).__name__, exc_info=not is_foreseen)
    if g.get("is_news", True):
        committer().note_trouble(_DOORS[request.endpoint or ""], g.get("receipt_key"))
    return Response(status=503)


def _verified(reader: CallbackReader) -> Callback:
    """The request as it was signed: for the public URL, over the raw body, with the query as it came."""
    request.max_content_length = _LARGEST_BODY
    query = request.query_string.decode("ascii", "replace")
    url = settings().public_url + request.script_root + request.path + (f"?{query}" if query else "")
    headers = {name.lower(): value for name, value in request.headers.items()}
    callback = Callback(url, headers, request.get_data(cache=False))
    try:
        reader.verify(callback)
    except CannotVerify:
        g.receipt_key = _key_in(reader, callback)
        raise
    g.receipt_key = reader.receipt_key(callback)
    return callback


def _key_in(reader: CallbackReader, callback: Callback) -> str | None:
    """By which to know it again when its sender can be verified; a stranger could invent one that never comes."""
    try:
        return reader.receipt_key(callback)
    except Unreadable:
        return None


def _row(kind: ReceiptKind, callback: Callback) -> dict[str, object]:
    return receipt_row(kind, g.receipt_key, callback.url, callback.body, received_at=callback.received_at)
