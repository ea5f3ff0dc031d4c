"""Twilio: do our credentials hold, are the senders' numbers its account's, and do texts to them reach us."""

from collections.abc import Callable, Iterator

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.cli.diagnosis.findings import Finding, advice, bad, fine, skipped
from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.models import Sender
from app.providers.base import CannotAsk
from app.providers.twilio import TRY_AGAIN
from app.providers.twilio_setup import TextDoor
from app.web.installation import providers, settings
from config import is_loopback

TWILIO = "Twilio"


def check_account() -> Iterator[Finding]:
    """Whether texts can be sent at all."""
    config = settings()
    if not config.twilio_account_sid:
        yield advice(TWILIO, "No account is set: no texts.", "Set TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN to send texts.")
    elif _is_played():
        yield skipped(TWILIO, f"{config.twilio_api_url} stands in for Twilio: its account and numbers are not looked at.")
    else:
        yield from _check_account()


def check_senders() -> Iterator[Finding]:
    """Whether each number and service that people can text leads to us."""
    config = settings()
    if not config.twilio_account_sid or _is_played():
        return
    door = f"{config.public_url}/callbacks/twilio/inbound{TRY_AGAIN}"
    for sender in _senders():
        try:
            yield _check_sender(sender, door)
        except CannotAsk as problem:
            yield bad(TWILIO, f"{sender.address}: {problem}.", "Try again, or look at Twilio's console.")


def _is_played() -> bool:
    api_url = settings().twilio_api_url
    return api_url is not None and is_loopback(api_url)


def _check_account() -> Iterator[Finding]:
    try:
        account = providers().twilio_setup.account()
    except CannotAsk as problem:
        yield bad(TWILIO, f"{problem}.", "Correct TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.")
        return
    if account.status != "active":
        yield bad(TWILIO, f"The account is {account.status}.", "Its owner has to settle that with Twilio.")
    elif account.kind == "Trial":
        yield bad(TWILIO, "The account is on trial: only verified numbers get anything.", "Upgrade it in Twilio's console.")
    else:
        yield fine(TWILIO, "The account is active.")


def _senders() -> list[Sender]:
    asked = select(Sender).where(Sender.channel == Channel.SMS, Sender.is_archived.is_(False), Sender.kind != SenderKind.ALPHANUMERIC)
    try:
        return list(db.session.scalars(asked.order_by(Sender.id)))
    except SQLAlchemyError:  # said already, by the check of the database
        db.session.rollback()
        return []


def _check_sender(sender: Sender, door: str) -> Finding:
    setup = providers().twilio_setup
    if sender.kind == SenderKind.NUMBER:
        return _judged(sender.address, setup.number(sender.address), door, setup.point_number)
    found = setup.service(sender.address)
    if found is not None and found.follows_numbers:
        words = f"{sender.address} leaves it to its numbers where texts go."
        return advice(TWILIO, words, f"See that each of its numbers posts to {door}, or let the service do so.")
    return _judged(sender.address, found, door, setup.point_service)


def _judged(address: str, found: TextDoor | None, door: str, point: Callable[[str, str], None]) -> Finding:
    if found is None:
        return bad(TWILIO, f"{address} is not of this account.", "Correct it under Settings → Senders, or buy it at Twilio.")
    if found.leads_to(door):
        return fine(TWILIO, f"Texts to {address} reach us.")
    todo = f"Have it POST to {door}."
    if not found.is_free:
        return bad(
            TWILIO, f"Texts to {address} go to {found.url}: we hear of no STOP.", todo + " Something else uses it: change it by hand."
        )
    return bad(TWILIO, f"Texts to {address} go nowhere: we hear of no STOP.", todo, lambda: point(found.sid, door))
