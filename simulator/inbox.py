"""E-mail that people send to the domain that SES receives for: its checks, and the notification of an SNS action with the whole mail."""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from functools import partial
from typing import Any

from simulator import clock
from simulator.mail import Mail, bare_address
from simulator.sns import Topic

MOST_BYTES = 150 * 1024  # of a mail in an SNS action; what is larger bounces to its writer
SUBJECT = "Amazon SES Email Receipt Notification"
_CHECKS = ("spam", "virus", "spf", "dkim", "dmarc")
_FORGED = {"spf": "FAIL", "dkim": "FAIL", "dmarc": "FAIL"}
_AUTOMATIC = {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}


@dataclass(frozen=True)
class Letter:
    """What somebody writes: from which address, to which, and whether by a machine, or under a name that is not theirs."""

    writer: str
    to: tuple[str, ...]
    subject: str
    body: str
    is_automatic: bool = False
    is_forged: bool = False

    def mime(self) -> EmailMessage:
        message = EmailMessage(policy=policy.SMTP)
        message["From"], message["To"], message["Subject"] = self.writer, ", ".join(self.to), self.subject
        message["Date"] = clock.rfc2822_instant(clock.now())
        message["Message-ID"] = f"<{secrets.token_hex(12)}@{self.writer.rpartition('@')[2]}>"
        for name, value in _AUTOMATIC.items() if self.is_automatic else ():
            message[name] = value
        message.set_content(self.body)
        return message


class Inbox:
    """Publishes what comes in at one domain; everything else is somebody else's mail."""

    def __init__(self, domain: str, topic: Topic) -> None:
        self.domain = domain
        self.topic = topic

    def answer_to(self, mail: Mail, said: str, marks: Mapping[str, bool]) -> Letter:
        """The answer that a mail program would make: to its Reply-To, with the mail quoted beneath."""
        to = mail.call.reply_to or (bare_address(mail.call.source),)
        quoted = "\n".join(f"> {line}" for line in mail.text.splitlines())
        at = clock.instant(mail.accepted_at).strftime("%a, %d %b %Y at %H:%M")
        body = f"{said}\n\nOn {at}, {mail.call.source} wrote:\n\n{quoted}\n"
        return Letter(mail.recipient, to, f"Re: {mail.subject}", body, **marks)

    def receive(self, letter: Letter) -> int:
        """Take a letter in; returns for how many of its addresses SES tells of it."""
        ours = [address for address in letter.to if self.domain and address.lower().endswith(f"@{self.domain}")]
        raw = letter.mime().as_bytes().decode("utf-8", "surrogateescape")
        if len(raw.encode("utf-8", "surrogateescape")) > MOST_BYTES:
            return 0
        for address in ours:
            message_id = secrets.token_hex(20)
            notification = partial(json.dumps, self._notification(letter, address, raw, message_id))
            self.topic.publish(message_id, notification, SUBJECT)
        return len(ours)

    def _notification(self, letter: Letter, address: str, raw: str, message_id: str) -> dict[str, Any]:
        at = clock.iso_instant(clock.now())
        headers = [{"name": "Return-Path", "value": f"<{letter.writer}>"}]
        headers += [{"name": name, "value": str(value)} for name, value in letter.mime().items()]
        verdicts = dict.fromkeys(_CHECKS, "PASS") | (_FORGED if letter.is_forged else {})
        common = {"returnPath": letter.writer, "from": [letter.writer], "to": list(letter.to), "subject": letter.subject}
        return {
            "notificationType": "Received",
            "mail": {
                "timestamp": at,
                "source": letter.writer,
                "messageId": message_id,
                "destination": list(letter.to),
                "headersTruncated": False,
                "headers": headers,
                "commonHeaders": common,
            },
            "receipt": {
                "timestamp": at,
                "processingTimeMillis": 317,
                "recipients": [address],
                **{f"{check}Verdict": {"status": status} for check, status in verdicts.items()},
                "action": {"type": "SNS", "topicArn": self.topic.arn, "encoding": "UTF8"},
            },
            "content": raw,
        }
