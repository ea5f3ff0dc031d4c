from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from sqlalchemy import text

from app.extensions import db
from app.lib.arrays import blobs, moments, numbers, words

pytestmark = pytest.mark.usefixtures("database")

STORABLE = some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ON_ONE_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@ON_ONE_DATABASE
@given(some.lists(STORABLE))
def test_text_comes_back_as_it_was(values):
    assert db.session.scalar(text("SELECT CAST(:values AS text[])"), {"values": words(values)}) == values


@pytest.mark.parametrize("value", ["NULL", "", " ", '"', "\\", '\\"', "{a,b}", "a,b", "\n"])
def test_what_means_something_in_an_array_is_text_like_any_other(value):
    assert db.session.scalar(text("SELECT CAST(:values AS text[])"), {"values": words([value, value])}) == [value, value]


@ON_ONE_DATABASE
@given(some.lists(some.none() | some.integers(-(2**63), 2**63 - 1)))
def test_numbers_come_back_as_they_were(values):
    assert db.session.scalar(text("SELECT CAST(:values AS bigint[])"), {"values": numbers(values)}) == values


@ON_ONE_DATABASE
@given(some.lists(some.binary()))
def test_bytes_come_back_as_they_were(values):
    assert db.session.scalar(text("SELECT CAST(:values AS bytea[])"), {"values": blobs(values)}) == values


@ON_ONE_DATABASE
@given(some.lists(some.builds(datetime.fromtimestamp, some.integers(0, 2**33), some.timezones())))
def test_times_come_back_as_the_same_instants(values):
    assert db.session.scalar(text("SELECT CAST(:values AS timestamptz[])"), {"values": moments(values)}) == values
