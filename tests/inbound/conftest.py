"""An installation whose e-mail comes in, and a text that was forwarded to Bob."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

import pytest
from sqlalchemy import select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel
from app.domain.replies import TaskKind
from app.domain.roles import Role
from app.extensions import db
from app.messages.receipts import committer, receipt_row
from app.models import AnswerMail, CallbackReceipt, ReceiptKind, ReplyTask, Sendout
from tests import factories
from tests.providers.payloads import sample

MARIA = "+12015550123"
DOMAIN = "answers.example.com"
_numbers = count(1)


@pytest.fixture
def inbound_domain(app, monkeypatch):
    monkeypatch.setitem(app.extensions, "sendout", replace(app.extensions["sendout"], inbound_domain=DOMAIN))


class Forwarded:
    """A text of Maria's, and the task that has forwarded it to Bob, an organiser."""

    def __init__(self):
        self.club = factories.an_organisation()
        self.bob = factories.a_member(self.club, Role.ORGANISER, name="Bob Coach", email="bob@club.example")
        self.sender = factories.a_sender(self.club, Channel.SMS)
        self.maria = factories.a_participant(
            self.club, first_name="Maria", last_name="Rossi", phone_number=MARIA, email_address="maria@example.net"
        )
        sendout = factories.a_sendout(self.club, title="Boots", sms_sender_id=self.sender.id)
        self.message = factories.a_message(sendout, self.maria, Channel.SMS, status="delivered", accepted_at=datetime.now(UTC))
        self.text = self.texts("Which size?")
        self.task = self.forwarded(self.text)
        db.session.commit()

    def texts(self, body):
        values = {"from_number": MARIA, "participant_id": self.maria.id, "message_id": self.message.id, "body": body}
        return factories.a_received_text(self.club, self.sender, **values)

    def forwarded(self, text):
        values = {"kind": TaskKind.FORWARD_EMAIL, "address": "bob@club.example", "state": "done", "done_at": datetime.now(UTC)}
        return factories.saved(ReplyTask(organisation_id=self.club.id, text_id=text.id, **values))


@pytest.fixture
def forwarded(database, inbound_domain):  # noqa: ARG001  they are the ground it stands on
    return Forwarded()


def mail_in(address, said=None, *, name="answer-plain", writer="bob@club.example", verdicts=None):
    """Let an e-mail come in at an address as SES tells of it, and put it into effect."""
    notification = sample(f"ses/received/{name}.json")
    notification["receipt"]["recipients"] = [address]
    notification["receipt"] |= {f"{check}Verdict": {"status": status} for check, status in (verdicts or {}).items()}
    notification["mail"]["messageId"] = f"received{next(_numbers)}"
    if "content" in notification:
        content = notification["content"].replace("bob@club.example", writer)
        head = content.partition("\r\n\r\n")[0]
        notification["content"] = content if said is None else f"{head}\r\n\r\n{said}"
    return come_in(notification)


def come_in(notification):
    """Store one notification, apply it, and give its receipt."""
    envelope = dict(sample("sns/notification-send.json")) | {"Message": json.dumps(notification)}
    key = f"sns{next(_numbers)}"
    committer().store(receipt_row(ReceiptKind.SES, key, "", json.dumps(envelope).encode()))
    apply_due_receipts()
    db.session.commit()
    return db.session.scalars(select(CallbackReceipt).where(CallbackReceipt.receipt_key == key)).one()


def mails():
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(AnswerMail).order_by(AnswerMail.id)))


def answers():
    db.session.rollback()
    return list(db.session.scalars(select(Sendout).where(Sendout.audience_rule.has_key("by_mail")).order_by(Sendout.id)))
