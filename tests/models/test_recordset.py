"""Rows as one parameter come out as they went in, less what PostgreSQL cannot store."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.events import EventKind
from app.extensions import db
from app.models import MessageEvent
from app.models.recordset import recordset

pytestmark = pytest.mark.usefixtures("database")

AT = datetime(2026, 11, 30, 12, 34, 56, 789012, tzinfo=UTC)


def through(**values: object) -> dict[str, object]:
    given = recordset(MessageEvent, [values], *values)
    return dict(db.session.execute(select(given)).one()._mapping)


def test_each_value_comes_out_as_its_column_has_it():
    row = {
        "message_id": 2**62,
        "kind": EventKind.OPEN,
        "is_machine": None,
        "occurred_at": AT,
        "words": 'Zoë "Z" \\ 🎈',
        "detail": {"a": [1, None]},
    }

    assert through(**row) == row


@pytest.mark.parametrize(
    ("said", "kept"),
    [("a\0b", "ab"), ("cut \ud83d", "cut ?"), ("\\u0000", "\\u0000"), ("\ud83d\0", "?")],
)
def test_what_cannot_be_stored_goes_and_the_rest_stays(said, kept):
    assert through(words=said, detail={"deep": [said]}) == {"words": kept, "detail": {"deep": [kept]}}


def test_a_number_beyond_64_bits_is_kept():
    assert through(detail={"much": 10**30}) == {"detail": {"much": 1e30}}
