"""The entries of a bulk call, put into its JSON and taken out of its answer's in one go.

botocore walks each value of each entry by its model, which took a third of what a worker spends on a message. The entries
hold nothing but text, so that their JSON is the same; botocore still builds, signs, sends and reads everything else.
"""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson
from botocore.parsers import ResponseParserError

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

_OPERATION = "sesv2.SendBulkEmail"
_ENTRIES = "BulkEmailEntries"
_RESULTS = "BulkEmailEntryResults"


def carry_entries_at_once(client: "SESV2Client") -> None:
    """Have this client's bulk calls write and read their entries so."""
    client.meta.events.register(f"before-parameter-build.{_OPERATION}", _set_aside)
    client.meta.events.register(f"before-call.{_OPERATION}", _put_in)
    client.meta.events.register(f"before-parse.{_OPERATION}", _take_out)


def _set_aside(params: MutableMapping[str, Any], context: MutableMapping[str, Any], **_: object) -> None:
    context[_ENTRIES] = params.pop(_ENTRIES)


def _put_in(params: MutableMapping[str, Any], context: MutableMapping[str, Any], **_: object) -> None:
    entries = orjson.dumps(context.pop(_ENTRIES))
    body: bytes = params["body"]
    params["body"] = body.rstrip()[:-1] + b',"%s":%s}' % (_ENTRIES.encode(), entries)


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
