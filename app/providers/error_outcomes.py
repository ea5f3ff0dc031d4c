"""What Twilio's error codes mean for a text, in words for the people who organise.

The grouping is ours; Twilio documents the codes one by one and may change them. A code that is not listed is taken
for a final failure of this one text, and is kept and shown.
"""

from dataclasses import dataclass
from enum import StrEnum


class TextOutcome(StrEnum):
    """What a code says about the text."""

    OPTED_OUT = "skipped_opted_out"
    BAD_NUMBER = "bad_number"
    RETRYABLE = "failed_retryable"
    MAY_DUPLICATE = "failed_retry_may_duplicate"
    PERMANENT = "failed_permanent"


class Scope(StrEnum):
    """What the trouble lies with; CAMPAIGN means that every text of the send-out would meet it."""

    RECIPIENT = "recipient"
    MESSAGE = "message"
    ROUTE = "route"
    SENDER = "sender"
    ACCOUNT = "account"
    PROVIDER = "provider"
    CAMPAIGN = "campaign"


@dataclass(frozen=True, slots=True)
class ErrorOutcome:
    """One code's meaning."""

    outcome: TextOutcome
    scope: Scope
    words: str


_GROUPS: dict[tuple[TextOutcome, Scope], dict[int, str]] = {
    (TextOutcome.OPTED_OUT, Scope.RECIPIENT): {
        21610: "They texted STOP to this sender.",
        63033: "They opted out in their messaging app.",
    },
    (TextOutcome.BAD_NUMBER, Scope.RECIPIENT): {
        21211: "This is not a telephone number.",
        21217: "This is not a telephone number.",
        21401: "This is not a telephone number.",
        21604: "There is no number to send to.",
        21614: "This number does not belong to a mobile phone.",
        21635: "This number is a landline.",
        30005: "No phone answers to this number.",
        30006: "This number is a landline, or its carrier takes no texts.",
        30014: "The carrier does not accept this number.",
        63003: "Nobody with this number uses the messaging app.",
        63024: "The messaging app does not accept this number.",
        63031: "The number to send to is the sender itself.",
    },
    (TextOutcome.RETRYABLE, Scope.RECIPIENT): {
        30003: "Their phone was off or out of reach.",
        30008: "The carrier failed without saying why.",
        30450: "Texts to this number are blocked for some minutes.",
        30453: "Texts to this number cannot be delivered for a while.",
        30485: "Texts to this number cannot be delivered for a while.",
        30610: "The law there forbids texts at this hour.",
    },
    (TextOutcome.RETRYABLE, Scope.SENDER): {
        14107: "Too many texts went between these two numbers; something may be answering in a circle.",
        30001: "The queue of this sender is full.",
        30022: "This sender texted faster than carriers in the US allow.",
        30023: "This brand has used up its texts for today.",
        30027: "This brand has used up its texts to T-Mobile for today.",
        30035: "The sender's number is still being set up.",
        30036: "It waited too long in the queue of this sender.",
        30454: "The account has used up its texts for today.",
        63018: "The messaging app allows this sender no faster pace.",
        63038: "The account has used up its messages for today.",
    },
    (TextOutcome.RETRYABLE, Scope.ACCOUNT): {
        20429: "Twilio was asked too much at once.",
        21611: "The queue of this sender is full.",
    },
    (TextOutcome.RETRYABLE, Scope.PROVIDER): {
        30017: "The carrier's network is congested.",
        30020: "Twilio had trouble of its own.",
        30021: "Twilio had trouble of its own.",
        30500: "Twilio had trouble of its own.",
        63010: "The messaging app had trouble of its own.",
        63012: "The messaging app had trouble of its own.",
    },
    (TextOutcome.MAY_DUPLICATE, Scope.PROVIDER): {
        20500: "Twilio failed while it was taking the text.",
        20503: "Twilio was not available while it was taking the text.",
        30410: "The carrier did not answer in time; the text may have arrived.",
    },
    (TextOutcome.PERMANENT, Scope.RECIPIENT): {
        30004: "This phone does not accept the text; its owner may have blocked the sender.",
        63032: "WhatsApp keeps this person out of such messages.",
        63049: "Meta chose not to deliver this to them.",
    },
    (TextOutcome.PERMANENT, Scope.ROUTE): {
        21408: "Texts to this country are not switched on in Twilio.",
        21612: "This sender cannot text this number; another one may.",
        30018: "This country wants a sender's name to be registered first.",
        30024: "This sender's number is not set up for that carrier.",
        30040: "This sender is not registered in that country.",
        30041: "A number in the United Kingdom has to be registered first.",
        30042: "This sender's name is too general for that country.",
    },
    (TextOutcome.PERMANENT, Scope.MESSAGE): {
        21602: "The text is empty.",
        21617: "The text is longer than 1,600 characters.",
        21618: "Carriers do not allow this content.",
        21619: "The text is empty and has no picture.",
        21620: "The picture's address is not valid.",
        21623: "The text has more than ten pictures.",
        21658: "A part of the text is too long.",
        30007: "A filter against spam stopped it.",
        30011: "Pictures cannot be sent there.",
        30012: "The time allowed for delivery is too short.",
        30013: "The time allowed for delivery is too long.",
        30019: "The content is too large for the carrier.",
        30038: "A filter took it for a one-time code and stopped it.",
        30039: "It was stopped because texts went in a circle.",
        30043: "It went by a wrong way within the country.",
        30111: "A link in it is on a list of forbidden ones.",
        63005: "The messaging app does not allow this content.",
        63013: "It breaks a rule of the messaging app.",
        63016: "The messaging app allows this only within a day of their last message.",
        63021: "The messaging app cannot show this content.",
        63028: "The template has another number of blanks.",
    },
    (TextOutcome.PERMANENT, Scope.CAMPAIGN): {
        20003: "Twilio does not accept our account and token.",
        20404: "Twilio does not know our account or Messaging Service.",
        21212: "The sender's number is not valid.",
        21601: "The sender's number cannot send texts.",
        21603: "No sender is set.",
        21605: "The account may send no texts of this length.",
        21606: "The sender's number cannot be used for texts there.",
        21607: "The trial account may use only its own number.",
        21608: "The trial account may text only numbers that were verified.",
        21609: "The address for delivery reports is not valid.",
        21616: "Several numbers match the sender.",
        21624: "The time allowed for delivery is not valid.",
        21654: "The content template is missing.",
        21655: "The content template is not valid.",
        21656: "The content template's values are not valid.",
        21657: "The sender's name is not valid.",
        21659: "The sender's number is not ours, or of another country.",
        21660: "The sender's number belongs to another account.",
        21661: "The sender's number cannot send texts.",
        21701: "The Messaging Service does not exist.",
        21703: "The Messaging Service has no number that can send this.",
        21704: "The Messaging Service has no numbers.",
        21705: "The Messaging Service is not valid.",
        21708: "The sender's name is missing.",
        21709: "The sender's name is not allowed.",
        21711: "The sender is not part of the Messaging Service.",
        30002: "Twilio has suspended the account.",
        30010: "The price is above the limit that was set.",
        30030: "The setting for keeping addresses is not valid.",
        30032: "The toll-free number is not verified.",
        30033: "The carriers have suspended the registered campaign.",
        30034: "The sender's number belongs to no approved campaign.",
        30037: "Sending texts is switched off for the account.",
        30120: "The domain for short links is not set up.",
        63001: "The messaging app does not accept our sign-in.",
        63007: "The messaging app does not know the sender.",
        63015: "The messaging app's sandbox knows only people who joined it.",
        63020: "The business account at Meta is not in order.",
        63051: "The WhatsApp account is locked.",
    },
}

ERROR_OUTCOMES = {code: ErrorOutcome(*group, words) for group, meanings in _GROUPS.items() for code, words in meanings.items()}

NEXT_DAY = frozenset({30023, 30027, 30454, 63038})  # waiting minutes is of no use

# Checked by Twilio before a text leaves; 30007, 30019, 30038 and 30043 may as well be a carrier's doing.
_STOPPED_BY_TWILIO = frozenset({30011, 30012, 30013, 30039, 30111})
_FIRST_CARRIER_CODE = 30000  # below it are the errors of Twilio's own API


def error_outcome(code: int | None) -> ErrorOutcome:
    """The meaning of a code, or of its absence."""
    unlisted = "Twilio gave no reason." if code is None else f"Twilio gave error {code}."
    return ERROR_OUTCOMES.get(code or 0) or ErrorOutcome(TextOutcome.PERMANENT, Scope.MESSAGE, unlisted)


def has_left(code: int | None) -> bool:
    """Whether a final failure by this code means that a carrier had the text: Failed if so, Not sent if Twilio stopped it.

    Not sent are what our account, sender or settings are at fault for (30002, 30034, 30037 …), what Twilio's API
    refuses by itself (2xxxx), and a few checks of the text that Twilio makes; what nobody explained has left.
    """
    if code is None or code not in ERROR_OUTCOMES:
        return True
    return ERROR_OUTCOMES[code].scope is not Scope.CAMPAIGN and code >= _FIRST_CARRIER_CODE and code not in _STOPPED_BY_TWILIO
