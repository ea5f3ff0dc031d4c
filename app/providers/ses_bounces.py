"""What a bounce or a complaint of Amazon SES means for the message and for the Unsubscribes list."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.delivery import DeliveryStatus
from app.domain.events import Suppress


@dataclass(frozen=True, slots=True)
class Verdict:
    """A status and its effect on the list. `is_repeat`: nothing new happened, SES only refused because of an earlier one."""

    status: DeliveryStatus
    suppress: Suppress
    words: str
    is_repeat: bool = False


_REJECTED_EARLIER = "Rejected earlier: Amazon keeps this address on its suppression list, and did not send."
_COMPLAINED_EARLIER = "Rejected earlier: this address marked a mail as spam before, and Amazon did not send."

_BOUNCED = Verdict(DeliveryStatus.BOUNCED, Suppress.BOUNCE, "The address does not exist, or takes no mail for good.")
_EARLIER_BOUNCE = Verdict(DeliveryStatus.NOT_SENT, Suppress.BOUNCE, _REJECTED_EARLIER, is_repeat=True)
_ON_A_LIST = {"OnAccountSuppressionList": _EARLIER_BOUNCE, "OnTenantSuppressionList": _EARLIER_BOUNCE}
_PERMANENT = {
    **_ON_A_LIST,
    "EmailValidationSuppressed": Verdict(DeliveryStatus.BAD_EMAIL, Suppress.BAD_EMAIL, "Amazon found that no such address can exist."),
    "UnsubscribedRecipient": Verdict(DeliveryStatus.NOT_SENT, Suppress.UNSUBSCRIBE, "This person unsubscribed through Amazon's own list."),
}

_STILL_TRYING = Verdict(DeliveryStatus.DELAYED, Suppress.NOTHING, "The other side does not take it yet; it is still being tried.")
_GAVE_UP = Verdict(DeliveryStatus.SOFT_BOUNCED, Suppress.SOFT_BOUNCE, "It could not be delivered in time.")
_NOT_TO_BLAME = Verdict(DeliveryStatus.SOFT_BOUNCED, Suppress.NOTHING, "The other side does not take mail of this content or size.")
_AUTOMATIC_ANSWER = Verdict(DeliveryStatus.SOFT_BOUNCED, Suppress.NOTHING, "Probably an automatic answer such as “out of office”.")
_CONTENT_FAULTS = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})

_COMPLAINT = Verdict(DeliveryStatus.COMPLAINT, Suppress.COMPLAINT, "They marked it as spam.")
_EARLIER_COMPLAINT = Verdict(DeliveryStatus.NOT_SENT, Suppress.COMPLAINT, _COMPLAINED_EARLIER, is_repeat=True)
_NO_COMPLAINTS = frozenset({"not-spam", "auth-failure"})  # the opposite of one; and a matter between mail servers


def bounce_verdict(bounce_type: str, sub_type: str, recipient: Mapping[str, Any]) -> Verdict:
    """The verdict on one bounced recipient. The type decides, not the SMTP code: hard 4.x.x and soft 5.x.x both occur."""
    if bounce_type != "Permanent":
        return _soft_verdict(sub_type, recipient)
    if recipient.get("action") == "delayed":
        return _STILL_TRYING  # a permanent bounce can list somebody for whom it is none
    return _PERMANENT.get(sub_type, _BOUNCED)


def complaint_verdict(sub_type: str | None, feedback_type: str | None) -> Verdict | None:
    """The verdict on a complaint; None for feedback that is none."""
    if feedback_type in _NO_COMPLAINTS:
        return None
    return _EARLIER_COMPLAINT if sub_type in _ON_A_LIST else _COMPLAINT


def _soft_verdict(sub_type: str, recipient: Mapping[str, Any]) -> Verdict:
    if sub_type in _CONTENT_FAULTS:
        return _NOT_TO_BLAME
    if sub_type == "General" and not {"action", "status", "diagnosticCode"} & set(recipient):
        return _AUTOMATIC_ANSWER  # a mail server's report would say these; an answering mailbox does not
    return _GAVE_UP
