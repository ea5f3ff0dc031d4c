"""The bulk of what SES is asked and answers, put into botocore's JSON and taken out of it in one go.

botocore walks each value by its model, which took a third of what a worker spends on a message of a bulk call, and a tenth of
a single one. What is set aside holds nothing but text, so that its JSON is the same; botocore still builds, signs, sends and
reads everything else.
"""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_BULK, _SINGLE = "sesv2.SendBulkEmail", "sesv2.SendEmail"
_RESULTS = "BulkEmailEntryResults"
_SET_ASIDE = "sendout-set-aside"


def carry_in_one_go(client: "SESV2Client") -> None:
    """Have this client's calls that send mail be written so, and the answers to bulk ones be read so."""
    events = client.meta.events
    for operation in (_BULK, _SINGLE):
        events.register(f"before-parameter-build.{operation}", _set_aside)
        events.register(f"before-call.{operation}", _put_in)
    events.register(f"before-parse.{_BULK}", _take_out)


def _set_aside(params: MutableMapping[str, Any], context: MutableMapping[str, Any], **_: object) -> None:
    """What everybody or each gets; but no attachments, since how bytes are written is for botocore to say."""
    content = params.get("Content", {})
    if not any("Attachments" in part for part in content.values()):
        context[_SET_ASIDE] = {name: params.pop(name) for name in ("Content", "DefaultContent", "BulkEmailEntries") if name in params}


def _put_in(params: MutableMapping[str, Any], context: MutableMapping[str, Any], **_: object) -> None:
    if aside := context.pop(_SET_ASIDE, None):
        body: bytes = params["body"]
        params["body"] = body.rstrip()[:-1] + b"," + orjson.dumps(aside)[1:]


def _take_out(response_dict: MutableMapping[str, Any], customized_response_dict: MutableMapping[str, Any], **_: object) -> None:
    """Of an answer that says who was taken. Raises ResponseParserError for one of another shape, on which botocore would stumble."""
    if response_dict["status_code"] >= HTTPStatus.MULTIPLE_CHOICES:
        return
    try:
        answer = orjson.loads(response_dict["body"] or b"{}")
    except orjson.JSONDecodeError:
        return
    results = answer.get(_RESULTS) or [] if isinstance(answer, dict) else None
    if not isinstance(results, list) or not all(isinstance(each, dict) for each in results):
        raise ResponseParserError("the answer to a bulk call names no entries")
    response_dict["body"] = b"{}"
    customized_response_dict[_RESULTS] = results
