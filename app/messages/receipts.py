"""Receipts of what comes in: made alike for every door, and stored before they are answered."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime

from flask import Flask, current_app

from app.domain.channels import Channel
from app.domain.events import DeliveryEvent, EventKind
from app.extensions import db
from app.lib.clock import now
from app.lib.storable import storable_text
from app.messages.group_commit import GroupCommit, engine_for_receipts
from app.models import ReceiptKind

_LONGEST_AGENT = 500


def committer() -> GroupCommit:
    """The group commit of the application at hand."""
    return committer_of(current_app)


def committer_of(app: Flask) -> GroupCommit:
    """The group commit of this process, made when the first receipt comes; no context is asked for."""
    made: GroupCommit | None = app.extensions.get("group_commit")
    if made is None:
        with app.app_context():
            engine = engine_for_receipts(db.engine, app.config["SQLALCHEMY_ENGINE_OPTIONS"]["connect_args"])
        made = app.extensions.setdefault("group_commit", GroupCommit(engine))
    return made


def receipt_row(kind: ReceiptKind, receipt_key: str, url: str, body: bytes, *, received_at: datetime | None = None) -> dict[str, object]:
    """A receipt as it is stored."""
    when = received_at or now()
    return {"kind": kind, "receipt_key": storable_text(receipt_key), "url": storable_text(url), "body": body, "received_at": when}


def visit_row(kind: EventKind, message_id: int, *, link_id: int | None, user_agent: str | None) -> dict[str, object]:
    """A receipt of an open or a click that our own pixel or link has seen; each visit is one event."""
    visit = {"kind": kind, "message_id": message_id, "link_id": link_id, "user_agent": (user_agent or "")[:_LONGEST_AGENT]}
    key = f"own:{kind}:{message_id}:{secrets.token_urlsafe(12)}"
    return receipt_row(ReceiptKind.TRACKING, key, "", json.dumps(visit).encode())


def read_visit(receipt_key: str, body: bytes, received_at: datetime) -> DeliveryEvent:
    """The open or click in such a receipt. Whether a person or a machine came is judged against the delivery."""
    visit: Mapping[str, object] = json.loads(body)
    link_id = visit["link_id"]
    return DeliveryEvent(
        channel=Channel.EMAIL,
        kind=EventKind(str(visit["kind"])),
        event_key=receipt_key,
        provider_ref="",
        occurred_at=received_at.astimezone(UTC),
        message_id=int(str(visit["message_id"])),
        link=None if link_id is None else str(link_id),
        user_agent=str(visit["user_agent"]),
    )
