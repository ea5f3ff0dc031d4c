"""How numbers, shares and times are written, pages are cut, and forms are read."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import session
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.domain.addresses import normalise_email
from app.domain.roles import Role
from app.domain.shown import ShownStatus
from app.extensions import db
from app.models import Membership
from app.web import navigation
from app.web.filters import EN_DASH, STATUS_ICONS, ago, exact, grouped, plural, share
from app.web.forms import FormReader
from app.web.htmx import render_page_or_partial, say
from app.web.pagination import asked_cursor, page_of
from tests import factories
from tests.browser import Browser

NOW = datetime(2026, 11, 21, 18, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 0, EN_DASH),
        (0, 7, "0 %"),
        (1, 10_000, "<0.1 %"),
        (42, 1000, "4.2 %"),
        (99, 1000, "9.9 %"),
        (995, 10_000, "10 %"),
        (61, 100, "61 %"),
        (9996, 10_000, "99 %"),
        (10_000, 10_000, "100 %"),
    ],
)
def test_a_share_has_one_decimal_under_ten_and_never_claims_everybody(part, whole, words):
    assert share(part, whole) == words.replace(" %", "\N{NO-BREAK SPACE}%")


@given(whole=st.integers(1, 10**7), part=st.integers(0, 10**7))
def test_only_nobody_is_0_and_only_everybody_is_100(whole, part):
    part = min(part, whole)

    number = share(part, whole).split("\N{NO-BREAK SPACE}")[0]

    assert (number == "0") == (part == 0)
    assert (number == "100") == (part == whole)


def test_numbers_are_grouped():
    assert [grouped(4812), plural(1, "person", "people"), plural(4812, "person", "people")] == ["4,812", "1 person", "4,812 people"]


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW, "just now"),
        (NOW + timedelta(seconds=30), "in a moment"),
        (NOW - timedelta(minutes=1), "1 minute ago"),
        (NOW - timedelta(hours=23, minutes=59), "23 hours ago"),
        (NOW - timedelta(days=2, hours=1), "2 days ago"),
        (NOW + timedelta(hours=3), "in 3 hours"),
        (NOW - timedelta(days=8), "13 Nov"),
        (NOW - timedelta(days=300), "25 Jan 2026"),
    ],
)
@time_machine.travel(NOW, tick=False)
def test_a_time_is_relative(app, moment, words):
    with app.test_request_context():
        assert ago(moment).endswith(f">{words}</time>")


def test_never_is_a_dash():
    assert ago(None) == EN_DASH


def test_the_exact_time_is_in_the_organisations_zone(app):
    alice = factories.a_member(factories.an_organisation(time_zone="Australia/Sydney"))
    db.session.commit()
    browser = Browser(app, alice)

    page = browser.get("/settings/team").text

    assert f'title="{exact_in_sydney(alice)}"' in page


def exact_in_sydney(user):
    joined = db.session.scalars(select(Membership.created_at).filter_by(user_id=user.id)).one()
    local = joined.astimezone(ZoneInfo("Australia/Sydney"))
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def test_without_an_organisation_times_are_utc(app):
    with app.test_request_context():
        assert exact(NOW) == "Sat 21 Nov 2026, 18:30"


def test_every_status_has_a_word_an_icon_and_a_sentence(app):
    sprite = (Path(app.root_path) / "static/icons.txt").read_text().split()
    with app.test_request_context():
        badge = app.jinja_env.globals["status_badge"]

        for shown in ShownStatus:
            assert STATUS_ICONS[shown] in sprite
            assert f"status-{shown} group-" in badge(shown)


@pytest.mark.parametrize(("count", "following"), [(0, None), (50, None), (51, 50)])
def test_a_page_ends_with_the_key_for_the_next(count, following):
    page = page_of(list(range(1, count + 1)), key=lambda row: row)

    assert (len(page.rows), page.next_cursor) == (min(count, 50), following)


@pytest.mark.parametrize("asked", ["", "-1", "x", "²", "9" * 19, "9" * 400])
def test_a_cursor_that_makes_no_sense_is_the_first_page(app, asked):
    with app.test_request_context(f"/?after={asked}"):
        assert asked_cursor() is None


def test_a_cursor_is_a_row_number(app):
    with app.test_request_context("/?after=12"):
        assert asked_cursor() == 12


@pytest.mark.parametrize(
    ("headers", "is_partial"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-Boosted": "true"}, False),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_a_swap_gets_the_part_and_everybody_else_the_page(app, headers, is_partial):
    with app.test_request_context("/", headers=headers):
        answer = render_page_or_partial("errors/problem.html", "_ask.html", problem={})

    assert ("<html" not in answer.get_data(as_text=True)) is is_partial
    assert answer.headers["Vary"] == "HX-Request"


def test_what_was_said_reaches_a_swap_in_its_headers_once(app):
    with app.test_request_context("/", headers={"HX-Request": "true"}):
        say("Ava is on the list.", undo="/undo/7")
        answer = render_page_or_partial("_ask.html", "_ask.html")
        is_left = "_flashes" in session

    toast = {"kind": "success", "text": "Ava is on the list.", "undo": "/undo/7"}
    assert json.loads(answer.headers["HX-Trigger"]) == {"toasts": {"all": [toast]}}
    assert not is_left


def test_the_rail_shows_what_waits_where(app):
    alice = factories.a_member(factories.an_organisation())
    db.session.commit()
    navigation.counts("users.settings")(lambda _organisation_id: 120)

    page = Browser(app, alice).get("/settings/account").text
    del navigation._COUNTS["users.settings"]

    assert 'aria-label="120 waiting">99+</span>' in page


FORM = {"name": "  Ada \n Lovelace\0 ", "note": " one \r\n two ", "role": "owner", "rate": "2,5", "email": "ada@EXAMPLE.com", "tick": "yes"}


def test_a_form_is_read_as_it_was_meant():
    form = FormReader(FORM)

    read = [
        form.words("name"),
        form.lines("note"),
        form.choice("role", Role),
        form.number("rate", lowest=0, highest=9),
        form.converted("email", lambda text: normalise_email(text).address),
        form.flag("tick"),
        form.flag("other"),
        form.one_of("role", ["owner"]),
    ]

    assert read == ["Ada Lovelace", "one\ntwo", Role.OWNER, 2.5, "ada@example.com", True, False, "owner"]
    assert form.errors == {}


def test_every_mistake_in_a_form_is_named_by_its_field():
    form = FormReader({"long": "x" * 20, "role": "king", "rate": "nan", "email": "ada"})
    form.words("name", missing="Type a name.")
    form.words("long", at_most=10)
    form.choice("role", Role)
    form.number("rate", lowest=1, highest=9)
    form.converted("email", lambda text: normalise_email(text).address)
    form.one_of("country", ["GB"])

    assert set(form.errors) == {"name", "long", "role", "rate", "email", "country"}
    assert form.errors["long"] == "This has 20 characters; up to 10 fit."
