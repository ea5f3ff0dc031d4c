"""Receipts put into effect: drained in sets, each set one transaction, the same end in whatever order they came.

What cannot be matched yet is parked and tried again; what cannot be read is kept and set aside. Nothing here commits.
"""

from collections.abc import Sequence

import structlog
from sqlalchemy.exc import OperationalError

from app.callbacks.queries import Receipt, Verdict, applied, due_receipts, forget, keep_receipt, parked, set_aside, write_verdicts
from app.domain.events import DeliveryEvent, EventKind, InboundMail, InboundText, Suppress
from app.extensions import db
from app.inbound.mails.receiving import UnknownAddress, receive_mail
from app.inbound.service import UnknownSender, receive_text
from app.messages.events import record_events
from app.messages.matching import FOREIGN, Unmatched
from app.messages.receipts import read_visit
from app.models import ReceiptKind
from app.providers.base import Callback, Unreadable
from app.web.installation import providers

SET_SIZE = 500

log = structlog.get_logger(__name__)

Said = Sequence[DeliveryEvent | InboundMail | InboundText]


def apply_due_receipts(limit: int = SET_SIZE) -> int:
    """Put one set of due receipts into effect; returns how many it took, 0 when none was due. The caller commits each set."""
    receipts = due_receipts(limit)
    write_verdicts(_verdicts(receipts))
    return len(receipts)


def take_inbound(row: dict[str, object]) -> None:
    """Store an inbound text's receipt together with its effect, so that a STOP holds before it is answered. Callable again."""
    receipt = keep_receipt(row)
    if receipt is not None:
        write_verdicts([_apply_alone(receipt)])


def _verdicts(receipts: Sequence[Receipt]) -> list[Verdict]:
    """All together; should one of them break, each alone, so that it spoils nobody else's."""
    try:
        with db.session.begin_nested():
            return _apply_together(receipts)
    except OperationalError:
        raise  # the database itself: the whole set comes again
    except Exception:
        log.exception("a set of receipts broke; applying one by one", count=len(receipts))
    return [_apply_alone(receipt) for receipt in receipts]


def _apply_alone(receipt: Receipt) -> Verdict:
    try:
        with db.session.begin_nested():
            return _apply_together([receipt])[0]
    except OperationalError:
        raise
    except Exception as problem:
        log.exception("a receipt broke", receipt_id=receipt.id)
        return parked(receipt, f"it could not be applied ({type(problem).__name__})")


def _apply_together(receipts: Sequence[Receipt]) -> list[Verdict]:
    verdicts: list[Verdict] = []
    reports: list[tuple[Receipt, list[DeliveryEvent]]] = []
    for receipt in receipts:
        try:
            said = _read(receipt)
        except Unreadable as problem:
            verdicts.append(set_aside(receipt, str(problem)))
            continue
        texts = [each for each in said if isinstance(each, InboundText)]
        mails = [each for each in said if isinstance(each, InboundMail)]
        if texts:
            verdicts.append(_receive(receipt, texts))
        elif mails:
            verdicts.append(_receive_mail(receipt, mails[0]))
        else:
            reports.append((receipt, [each for each in said if isinstance(each, DeliveryEvent)]))
    return [*verdicts, *_record(reports)]


def _read(receipt: Receipt) -> Said:
    if receipt.kind == ReceiptKind.TRACKING:
        return [read_visit(receipt.receipt_key, receipt.body, receipt.received_at)]
    adapters = providers()
    reader = adapters.ses_callbacks if receipt.kind == ReceiptKind.SES else adapters.twilio_callbacks
    return reader.read(Callback(receipt.url, {}, receipt.body, receipt.received_at))


def _receive(receipt: Receipt, texts: Sequence[InboundText]) -> Verdict:
    try:
        for text in texts:
            receive_text(text, receipt.received_at)
    except UnknownSender as problem:
        return parked(receipt, str(problem))
    return applied(receipt)


def _receive_mail(receipt: Receipt, mail: InboundMail) -> Verdict:
    """One to no address of ours is kept as it came, and seen among what could not be matched."""
    try:
        return applied(receipt, receive_mail(mail, receipt.received_at))
    except UnknownAddress as problem:
        return set_aside(receipt, str(problem))


def _record(reports: Sequence[tuple[Receipt, list[DeliveryEvent]]]) -> list[Verdict]:
    events = sorted((event for _, said in reports for event in said), key=_is_pressing, reverse=True)
    if not events:
        return [_verdict(receipt, said, []) for receipt, said in reports]
    recorded = record_events(events)
    forget([receipt for receipt, said in reports if any(event.event_key in recorded.about_erased for event in said)])
    unmatched = {id(each.event): each for each in recorded.unmatched}
    return [_verdict(receipt, said, [unmatched[id(event)] for event in said if id(event) in unmatched]) for receipt, said in reports]


def _is_pressing(event: DeliveryEvent) -> bool:
    """Complaints, bounces and opt-outs go before deliveries and opens: they keep the next message away."""
    return event.suppress is not Suppress.NOTHING or event.kind is EventKind.UNSUBSCRIBE


def _verdict(receipt: Receipt, said: Sequence[DeliveryEvent], unmatched: Sequence[Unmatched]) -> Verdict:
    if len(unmatched) < len(said) or not said:
        return applied(receipt, f"{len(unmatched)} of its {len(said)} events are about nobody here" if unmatched else None)
    if all(each.event.kind is EventKind.NOTHING for each in unmatched):
        return applied(receipt, unmatched[0].why)
    why = unmatched[0].why
    return set_aside(receipt, why) if all(each.why == FOREIGN for each in unmatched) else parked(receipt, why)
