"""How SES v2 says no: to a whole call, and to one entry of a bulk call."""

import json
import uuid
from dataclasses import dataclass

from aiohttp import web


@dataclass(eq=False)
class SesError(Exception):
    """A call refused; `name` travels in the header x-amzn-ErrorType."""

    name: str
    words: str
    status: int = 400

    def answer(self) -> web.Response:
        return ses_answer({"message": self.words}, self.status, {"x-amzn-ErrorType": self.name})


class BadInput(Exception):
    """Something in a request that SES refuses: BadRequestException for a call, INVALID_PARAMETER for an entry."""

    def as_error(self) -> SesError:
        return SesError("BadRequestException", str(self))


THROTTLED = SesError("TooManyRequestsException", "Maximum sending rate exceeded.", 429)
BROKEN = SesError("InternalServiceErrorException", "Internal failure.", 500)
PAUSED = SesError("SendingPausedException", "Sending is paused for this account.")
SUSPENDED = SesError("AccountSuspendedException", "The account is permanently restricted from sending.")
QUOTA_SPENT = SesError("LimitExceededException", "Daily message quota exceeded.")
BAD_TOKEN = SesError("UnrecognizedClientException", "The security token included in the request is invalid.", 403)
NO_TOKEN = SesError("MissingAuthenticationTokenException", "Missing Authentication Token", 403)


def ses_answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    marks = {"x-amzn-RequestId": str(uuid.uuid4()), **(headers or {})}
    return web.Response(text=json.dumps(body), status=status, headers=marks, content_type="application/json")
