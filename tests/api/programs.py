"""A program of an organisation's, with a key of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from secrets import token_urlsafe
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.api.description import described
from app.api.keys.service import PREFIX
from app.domain.api_scopes import ApiScope
from app.extensions import db
from app.models import Organisation, User
from tests import factories


def require_described(app: Flask, method: str, path: str, answer: TestResponse) -> None:
    """Hold an answer against the description: its status is named there, and its body is of the schema."""
    document = described()
    try:
        endpoint, _ = app.url_map.bind("localhost").match(f"/api/v1{path.partition('?')[0]}", method)
    except HTTPException:
        return  # no route of ours
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    (operation,) = (each for each in operations if f"api.{each['operationId']}" == endpoint)
    said = operation["responses"][str(answer.status_code)]
    if "content" not in said:
        assert answer.data == b""
        return
    schema = {**said["content"]["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(answer.json)


def at_once(*calls: Callable[[], TestResponse]) -> list[TestResponse]:
    """What several calls answer that are made in the same moment."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


class Program:
    """Requests with the key, each with its own application context."""

    def __init__(self, app: Flask, organisation: Organisation, *scopes: ApiScope, owner: User | None = None) -> None:
        self.app = app
        self.key = PREFIX + token_urlsafe(32)
        made_by = owner.id if owner else None
        self.row = factories.an_api_key(organisation, self.key, created_by=made_by, scopes=[str(scope) for scope in scopes or ApiScope])
        db.session.commit()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """A request to a path below /api/v1; headers by name, with _ for -."""
        headers = {"Authorization": f"Bearer {self.key}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        with self.app.app_context():
            answer = self.app.test_client().open(f"/api/v1{path}", method=method, json=body, headers=headers)
            require_described(self.app, method, path, answer)
        return answer

    def get(self, path: str) -> Any:
        """What a GET answers, which has to be 200."""
        answer = self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json
