"""Delivery events as SNS posts them, signed with a key of this run's own."""

import base64
import json
import secrets
import uuid
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:111122223333:bench-events"
SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
SUBJECT = "Amazon SES Email Event Notification"


class Signer:
    """Writes envelopes that the application verifies by the certificate at `certificate_url`."""

    def __init__(self, origin: str) -> None:
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._certificate_url = f"{origin}/SimpleNotificationService-{secrets.token_hex(16)}.pem"
        self.certificate = _self_signed(self._key)

    def delivery(self, message_id: int, ref: str, address: str) -> bytes:
        """The body of a POST that says that a message was delivered."""
        instant = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        envelope = {
            "Type": "Notification",
            "MessageId": str(uuid.uuid4()),
            "TopicArn": TOPIC,
            "Subject": SUBJECT,
            "Message": json.dumps(_delivery(message_id, ref, address, instant)) + "\n",
            "Timestamp": instant,
            "SignatureVersion": "2",
        }
        text = "".join(f"{name}\n{envelope[name]}\n" for name in SIGNED)
        envelope["Signature"] = base64.b64encode(self._key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())).decode()
        envelope["SigningCertURL"] = self._certificate_url
        envelope["UnsubscribeURL"] = f"https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={TOPIC}:{uuid.uuid4()}"
        return json.dumps(envelope).encode()


def _delivery(message_id: int, ref: str, address: str, instant: str) -> dict[str, object]:
    """As large as those that SES sends: it repeats the headers and all tags."""
    sender = "Riverside Football Club <news@riverside.example>"
    tags = {
        "ses:operation": ["SendBulkEmail"],
        "ses:configuration-set": ["sendout"],
        "ses:source-ip": ["198.51.100.24"],
        "ses:from-domain": ["riverside.example"],
        "ses:caller-identity": ["sendout"],
        "ses:outgoing-ip": ["198.51.100.9"],
        "message_id": [str(message_id)],
        "attempt": ["1"],
    }
    headers = [
        {"name": "From", "value": sender},
        {"name": "To", "value": address},
        {"name": "Subject", "value": "Ava, five offers for Oslo"},
        {"name": "MIME-Version", "value": "1.0"},
        {"name": "Content-Type", "value": 'multipart/alternative; boundary="----=_Part_1"'},
    ]
    return {
        "eventType": "Delivery",
        "mail": {
            "timestamp": instant,
            "source": sender,
            "sourceArn": "arn:aws:ses:eu-west-1:111122223333:identity/riverside.example",
            "sendingAccountId": "111122223333",
            "messageId": ref,
            "destination": [address],
            "headersTruncated": False,
            "headers": headers,
            "commonHeaders": {"from": [sender], "to": [address], "messageId": ref, "subject": headers[2]["value"]},
            "tags": tags,
        },
        "delivery": {
            "timestamp": instant,
            "processingTimeMillis": 900,
            "recipients": [address],
            "smtpResponse": "250 2.6.0 Message received",
            "remoteMtaIp": "203.0.113.7",
            "reportingMTA": "a4-12.smtp-out.eu-west-1.amazonses.com",
        },
    }


def _self_signed(key: rsa.RSAPrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    start = datetime.now(UTC) - timedelta(days=1)
    draft = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), start, start + timedelta(days=30))
    return draft.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
