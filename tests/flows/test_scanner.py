"""An e-mail scanner that follows every link and loads every picture of a message changes nothing but the machine facts."""

import re
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel, CommunicationType
from app.domain.delivery import DeliveryStatus
from app.domain.events import DeliveryEvent, EventKind
from app.domain.shown import Facts
from app.extensions import Base, db
from app.lib.clock import now
from app.messages.events import record_events
from app.messages.urls import own_urls
from app.models import CallbackReceipt, Message, MessageEvent, SendoutCount, SendoutCountDelta, TrackedLink
from app.web.guards import Door
from tests import factories

pytestmark = pytest.mark.usefixtures("client")

BARRACUDA = {"User-Agent": "Mozilla/5.0 (compatible; Barracuda Sentinel)"}
DISGUISED = {"User-Agent": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"}
NOT_IN_MESSAGES = {"invite", "forgotten", "answer_text"}  # in what goes to users: links for a password, and texts forwarded to them
WRITTEN_BY_VISITS = {table.__tablename__ for table in (CallbackReceipt, MessageEvent, SendoutCount, SendoutCountDelta)}
LINKS = ("https://club.example/camp", "https://club.example/map")


@pytest.fixture
def message():
    """Delivered this second, with everything in it that a message can have."""
    club = factories.an_organisation()
    sendout = factories.a_sendout(
        club, state="running", launched_at=now(), frozen_at=now(), communication_type=CommunicationType.MARKETING, asks_confirmation=True,
        question="Will you come?", choices=["Yes", "No"], has_edit_link=True,
    )  # fmt: skip
    for position, url in enumerate(LINKS):
        factories.saved(TrackedLink(organisation_id=club.id, sendout_id=sendout.id, position=position, url=url))
    made = factories.a_message(sendout, factories.a_participant(club), status="sent", accepted_at=now())
    delivered: dict[str, Any] = {"status": DeliveryStatus.DELIVERED, "message_id": made.id, "provider_ref": "", "occurred_at": now()}
    record_events([DeliveryEvent(channel=Channel.EMAIL, kind=EventKind.STATUS, event_key="delivered", **delivered)])
    db.session.commit()
    return made


def carried_by(message):
    """Every URL of the message, by the purpose that its token is signed for."""
    urls = own_urls()
    clicks = urls.clicks(message.id, message.sendout_id)
    return {
        "open": [urls.open_pixel(message.id)],
        "click": [f"{clicks}/{position}" for position in range(len(LINKS))],
        "unsubscribe": [urls.unsubscribe(message.id)],
        "acknowledge": [urls.acknowledge(message.id)],
        "answer": [urls.answer(message.id), *(f"{urls.answer(message.id)}?c={choice}" for choice in (1, 2))],
        "edit": [urls.edit(message.id)],
    }


def scan(client, urls, headers):
    """Ask for each by HEAD and GET, and for whatever the pages behind them link to; returns the statuses."""
    statuses = {}
    for url in urls:
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        client.head(path, headers=headers)
        answer = client.get(path, headers=headers)
        statuses[url] = answer.status_code
        if answer.mimetype == "text/html":
            for found in re.findall(r'(?:href|src|action)="(/[^"]*)"', answer.text):
                client.get(found, headers=headers).close()
    return statuses


def everything():
    """How many rows each table has, but for those that note visits, and what is counted of a send-out but for machines."""
    tables = [table for table in Base.metadata.sorted_tables if table.name not in WRITTEN_BY_VISITS]
    rows = {table.name: db.session.scalar(select(func.count()).select_from(table)) for table in tables}
    counted = select(SendoutCountDelta.counter, func.sum(SendoutCountDelta.amount)).group_by(SendoutCountDelta.counter)
    return rows | {name: amount for name, amount in db.session.execute(counted) if not name.startswith("fact:machine_")}


def row_of(message):
    """All columns of the message but the machine facts."""
    db.session.expire_all()
    row = db.session.execute(select(Message.__table__).where(Message.__table__.c.id == message.id)).mappings().one()
    return {name: value for name, value in row.items() if not name.startswith("machine_")}


@pytest.mark.parametrize("headers", [BARRACUDA, DISGUISED, {"User-Agent": ""}], ids=["named", "disguised", "nameless"])
def test_a_scanner_changes_only_the_machine_facts(client, message, headers):
    before, rows = row_of(message), everything()
    urls = [url for purpose in carried_by(message).values() for url in purpose]

    statuses = scan(client, urls, headers)
    while apply_due_receipts():
        db.session.commit()

    assert {url: status for url, status in statuses.items() if status not in (200, 302)} == {}
    assert row_of(message) == before
    assert everything() == rows
    seen = db.session.get_one(Message, message.id)
    assert None not in (seen.machine_opened_at, seen.machine_clicked_at)


def test_every_public_url_that_a_message_can_carry_is_scanned_here(app, message):
    guards = [vars(app.view_functions[rule.endpoint])["guard"] for rule in app.url_map.iter_rules()]
    purposes = {guard.purpose for guard in guards if guard.door is Door.TOKEN}

    assert purposes - NOT_IN_MESSAGES == set(carried_by(message))


def test_every_fact_that_only_a_person_can_make_is_compared(message):
    compared = set(row_of(message))

    assert {field.name for field in fields(Facts) if not field.name.startswith("machine_")} <= compared
