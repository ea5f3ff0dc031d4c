"""The API's own description, put together from its routes: what they say of themselves, their scopes and their schemas."""

import re
from collections.abc import Iterator
from typing import Any

from flask import current_app
from werkzeug.routing import Rule

from app.api.door import TOO_LARGE
from app.api.idempotency import HEADER
from app.api.schemas import SCHEMAS
from app.api.told import Told
from app.domain.channels import Channel
from app.domain.shown import ShownStatus
from app.domain.suppression import SuppressionReason
from app.web.guards import Door, Guard
from app.web.installation import settings

_ABOUT = """Read and write your organisation's participants, send-outs, messages and Unsubscribes list.

Send a key as `Authorization: Bearer sendout_…`; an owner makes one under Settings, For developers. Lists come in pages: ask again
with `after` set to `next`, until that is null. A request that changes something may name itself by the header `Idempotency-Key`: made
again within a day it has no second effect, and the same answer. At most 600 requests a minute."""

_QUERY: dict[str, tuple[str, dict[str, Any]]] = {
    "q": ("Words to look for.", {"type": "string", "maxLength": 200}),
    "list_id": ("Only those on this list.", {"type": "integer", "minimum": 1}),
    "after": ("Where the page begins: `next` of the one before.", {"type": "integer", "minimum": 0}),
    "channel": ("Only this channel.", {"type": "string", "enum": [str(each) for each in Channel]}),
    "status": ("Only those that stand there.", {"type": "string", "enum": [str(each) for each in ShownStatus]}),
    "reason": ("Only those that stand there for it.", {"type": "string", "enum": [str(each) for each in SuppressionReason]}),
}
_PROBLEMS = {
    401: "No valid key.",
    403: "The key is not good for this.",
    404: "There is no such thing in this organisation.",
    409: "It stands against how things are now.",
    413: TOO_LARGE,
    422: "The input cannot be used: `detail` says why.",
    429: "Too many requests: `Retry-After` says for how long.",
}


def described() -> dict[str, Any]:
    """The description, in OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    for path, method, operation in _operations():
        paths.setdefault(path, {})[method] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Sendout", "version": "1", "description": _ABOUT},
        "servers": [{"url": f"{settings().public_url}/api/v1"}],
        "security": [{"key": []}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": SCHEMAS, "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for rule in current_app.url_map.iter_rules():
        view = current_app.view_functions[rule.endpoint]
        guard: Guard = vars(view)["guard"]
        if guard.door is Door.KEY:
            path = re.sub(r"<int:(\w+)>", r"{\1}", rule.rule).removeprefix("/api/v1")
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
                yield path, method.lower(), _operation(rule, vars(view)["told"], str(view.__doc__), str(guard.purpose))


def _operation(rule: Rule, told: Told, about: str, scope: str) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": rule.endpoint.removeprefix("api."),
        "summary": about.split(". ", 1)[0].strip(". \n"),
        "description": f"{' '.join(about.split())} Needs the scope `{scope}`.",
        "parameters": [*_in_path(rule), *_in_query(told), *_in_header(told)],
        "responses": {str(told.status): _answer(told)} | {str(status): _problem(status) for status in _PROBLEMS},
    }
    if told.takes:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(told.takes)}}}
    return operation


def _in_path(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in sorted(rule.arguments):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}


def _in_query(told: Told) -> Iterator[dict[str, Any]]:
    for name in told.asks:
        about, schema = _QUERY[name]
        yield {"name": name, "in": "query", "description": about, "schema": schema}


def _in_header(told: Told) -> Iterator[dict[str, Any]]:
    if told.names_itself:
        about = "New for each request, and the same when you try again."
        schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"}
        yield {"name": HEADER, "in": "header", "required": told.names_itself == "must", "description": about, "schema": schema}


def _answer(told: Told) -> dict[str, Any]:
    if told.answer is None:
        return {"description": "Done."}
    schema = _ref(told.answer)
    if told.is_page:
        following = {"type": ["integer", "null"], "description": "Ask for it as `after`; null at the end."}
        page = {"data": {"type": "array", "items": schema}, "next": following}
        schema = {"type": "object", "properties": page, "required": list(page), "additionalProperties": False}
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _problem(status: int) -> dict[str, Any]:
    return {"description": _PROBLEMS[status], "content": {"application/json": {"schema": _ref("Problem")}}}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}
