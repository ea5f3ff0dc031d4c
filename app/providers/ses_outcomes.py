"""What Amazon SES answers, in our four words.

Sources: the SES v2 service model (`BulkEmailStatus` and the errors of `SendEmail`); AWS documents three of the
statuses under a second spelling, and which error a spent daily quota has differs by age, so the text decides.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from app.providers.base import Accepted, Outcome, Refused, Throttled, Unknown, is_refusal

SES_ERRORS = (BotoCoreError, ClientError, ResponseParserError)

QUOTA_SPENT = (
    "All e-mails that Amazon SES allows within 24 hours are used up. Wait until the oldest of them are a day old, "
    "or ask Amazon for a higher limit, then resume."
)
SENDING_PAUSED = "Sending is paused in Amazon SES. Somebody with access to the Amazon account has to switch it on, then resume."
ACCOUNT_SUSPENDED = "Amazon has closed this account for sending. Its owner has to settle that with Amazon, then resume."
BAD_CREDENTIALS = "Amazon does not accept the access key of this service. Whoever runs it has to renew the key or its rights, then resume."
NOT_VERIFIED = (
    "Amazon SES has not verified the address or domain that this goes out from, or the account is still in its sandbox. "
    "Finish the verification in Amazon SES, then resume."
)
NOT_SET_UP = (
    "Amazon SES does not know the configuration set, template or sending pool that this service names. "
    "Whoever runs it has to create it or correct the settings, then resume."
)

_BACK_OFF_SECONDS = 2.0
_UNREACHABLE_SECONDS = 10.0
_HOLD_SECONDS = 300.0

_NEVER_CONNECTED = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_WITHOUT_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError, TokenRetrievalError)

_SLOW_DOWN_STATUSES = frozenset({"ACCOUNT_THROTTLED", "TRANSIENT_FAILURE"})
_REFUSAL_STATUSES = {
    "INVALID_PARAMETER_VALUE": "INVALID_PARAMETER",
    "INVALID_PARAMETER": "INVALID_PARAMETER",
    "MESSAGE_REJECTED": "MESSAGE_REJECTED",
}
_HOLD_STATUSES = {
    "ACCOUNT_DAILY_QUOTA_EXCEEDED": QUOTA_SPENT,
    "ACCOUNT_SENDING_PAUSED": SENDING_PAUSED,
    "CONFIGURATION_SET_SENDING_PAUSED": SENDING_PAUSED,
    "ACCOUNT_SUSPENDED": ACCOUNT_SUSPENDED,
    "MAIL_FROM_DOMAIN_NOT_VERIFIED": NOT_VERIFIED,
    "CONFIGURATION_SET_NOT_FOUND": NOT_SET_UP,
    "CONFIGURATION_SET_DOES_NOT_EXIST": NOT_SET_UP,
    "TEMPLATE_NOT_FOUND": NOT_SET_UP,
    "TEMPLATE_DOES_NOT_EXIST": NOT_SET_UP,
    "INVALID_SENDING_POOL_NAME": NOT_SET_UP,
}

_THROTTLE_ERRORS = frozenset({"TooManyRequestsException", "LimitExceededException", "Throttling", "ThrottlingException"})
_HOLD_ERRORS = {
    "SendingPausedException": SENDING_PAUSED,
    "AccountSuspendedException": ACCOUNT_SUSPENDED,
    "MailFromDomainNotVerifiedException": NOT_VERIFIED,
    "NotFoundException": NOT_SET_UP,
    # AWS gives these with 403 as a rule, some services with 400
    "AccessDeniedException": BAD_CREDENTIALS,
    "UnrecognizedClientException": BAD_CREDENTIALS,
    "ExpiredTokenException": BAD_CREDENTIALS,
    "InvalidSignatureException": BAD_CREDENTIALS,
}

# The words of the mail library behind SES about an address that does not parse; SES passes them on unchanged.
_ADDRESS_FAULT = re.compile(
    r"missing final '@domain'|missing (local name|domain)|illegal address|invalid (e-?mail )?address"
    r"|(local address|domain) (contains|starts|ends)",
    re.IGNORECASE,
)
_UNVERIFIED = re.compile(r"\bnot verified\b", re.IGNORECASE)
_DAILY = re.compile(r"\b(daily|quota|24.hours?)\b", re.IGNORECASE)


def entry_outcome(result: Mapping[str, Any], address: str) -> Outcome:
    """One entry of a bulk answer, for the person at `address`. A status that we have never seen counts as FAILED."""
    status, text = result.get("Status", ""), result.get("Error") or "Amazon SES gave no reason."
    if status == "SUCCESS":
        return accepted(result)
    if status in _SLOW_DOWN_STATUSES:
        return _throttled(text)

    hold = _HOLD_STATUSES.get(status) or (NOT_VERIFIED if _UNVERIFIED.search(text) else None)
    if hold:
        return Throttled(_HOLD_SECONDS, text, hold)
    code = _REFUSAL_STATUSES.get(status, "FAILED")
    is_address_at_fault = code != "FAILED" and (_names(address, text) or _ADDRESS_FAULT.search(text))
    return Refused(code, text, "address" if is_address_at_fault else "message")


def accepted(answer: Mapping[str, Any]) -> Outcome:
    """Acceptance with its reference; without one only an event can tie the message to it, so it stays in doubt."""
    ref = answer.get("MessageId")
    return Accepted(ref) if ref else Unknown("Amazon SES accepted it without naming it.")


def error_outcome(error: Exception, address: str) -> Outcome:
    """What an error of the whole call means for the person at `address`.

    A time-out, a reset or an answer that cannot be read is Unknown: SES has no idempotency token, the mail may be out.
    """
    if isinstance(error, ClientError):
        return _answered_error(error, address)
    if isinstance(error, ParamValidationError):
        return Refused("ParamValidation", str(error))
    if isinstance(error, _WITHOUT_CREDENTIALS):
        return Throttled(_HOLD_SECONDS, type(error).__name__, BAD_CREDENTIALS)
    if isinstance(error, _NEVER_CONNECTED):
        return Throttled(_UNREACHABLE_SECONDS, f"Amazon SES could not be reached ({type(error).__name__}).")
    return Unknown(f"No clear answer from Amazon SES ({type(error).__name__}).")


def is_bad_request(error: Exception) -> bool:
    """Whether SES, having taken nothing, found fault with something in the call: maybe with one person's part only."""
    return isinstance(error, ClientError) and error.response["Error"].get("Code") == "BadRequestException"


def _answered_error(error: ClientError, address: str) -> Outcome:
    response: Mapping[str, Any] = error.response
    http_status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code, text = str(response["Error"].get("Code", "")), str(response["Error"].get("Message", ""))
    if not is_refusal(http_status) or code.startswith("RequestTimeout"):
        return Unknown(f"Amazon SES answered {http_status} {code}.")
    if http_status == HTTPStatus.TOO_MANY_REQUESTS or code in _THROTTLE_ERRORS:
        is_limit = code == "LimitExceededException" and "rate" not in text.lower()
        return replace(_throttled(text, is_limit=is_limit), is_too_fast=True)

    hold = _error_hold(http_status, code, text)
    if hold:
        return Throttled(_HOLD_SECONDS, text, hold)
    # The wording alone proves nothing here: an error of the call may be about the sender's address.
    return Refused(code, text, "address" if _names(address, text) else "message")


def _error_hold(http_status: int, code: str, text: str) -> str | None:
    if http_status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return BAD_CREDENTIALS
    return _HOLD_ERRORS.get(code) or (NOT_VERIFIED if _UNVERIFIED.search(text) else None)


def _throttled(text: str, *, is_limit: bool = False) -> Throttled:
    if is_limit or _DAILY.search(text):
        return Throttled(_HOLD_SECONDS, text, QUOTA_SPENT)
    return Throttled(_BACK_OFF_SECONDS, text)


def _names(address: str, text: str) -> bool:
    """Whether the whole address stands there: fo@club.example is not in info@club.example."""
    return re.search(rf"(?<![\w.%+-]){re.escape(address)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None
