"""The addresses at which answers by e-mail come in: signed, so that they need no table, and found again in what was sent to them."""

from collections.abc import Iterable
from enum import StrEnum

from app.lib.tokens import BadToken, read_mail_token, sign_for_mail, signing_key
from app.web.installation import settings


class AnswerKind(StrEnum):
    """What an address stands for; the value is the letter that it begins with."""

    TEXT = "t"  # a received text that was forwarded: its task
    SENDOUT = "s"


def answer_address(kind: AnswerKind, number: int) -> str | None:
    """Where an answer to this comes in; None where no e-mail comes in at all."""
    domain = settings().inbound_domain
    if not domain:
        return None
    return f"{kind}-{sign_for_mail(kind, number, key=signing_key(settings().secret_keys[0]))}@{domain}"


def answered(recipients: Iterable[str]) -> tuple[AnswerKind, int] | None:
    """What the first of these addresses that is ours stands for; None where none is."""
    keys = [signing_key(secret) for secret in settings().secret_keys]
    for recipient in recipients:
        local, _, domain = recipient.lower().rpartition("@")
        kind = next((each for each in AnswerKind if local.startswith(f"{each}-")), None)
        if kind is None or not domain or domain != settings().inbound_domain:
            continue
        try:
            return kind, read_mail_token(kind, local.partition("-")[2], keys)
        except BadToken:
            continue
    return None
