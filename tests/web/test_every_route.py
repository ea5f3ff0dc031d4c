"""Every route in the table, as a stranger, as a lesser role and as another organisation's owner; what it expects comes from the guards.

A new route is tested by being there. One whose URL has a new parameter fails until `WORLD` can fill it.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import pytest
from flask import Flask

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.models import AnswerMail, FollowUpStatus, Membership, MessageAction, ReplyTask, SendoutAttachment, User
from app.reports.merging.service import merge
from app.web.guards import Door, Guard
from tests import factories
from tests.browser import Browser
from tests.fakes import FakeProviders
from tests.reports.mixtures import a_doubtful_row, a_running_sendout

_numbers = count(1)

# What fills a URL's parameter: a row of the organisation at hand. A second organisation has rows of its own.
WORLD: dict[str, Callable[["World"], Any]] = {
    "entry_id": lambda world: factories.an_entry(world.organisation).id,
    "text_id": lambda world: factories.a_received_text(world.organisation).id,
    "saved_id": lambda world: factories.a_saved_answer(world.organisation).id,
    "sender_id": lambda world: factories.a_sender(world.organisation).id,
    "sendout_id": lambda world: factories.a_sendout(world.organisation).id,
    "participant_id": lambda world: factories.a_participant(world.organisation).id,
    "field_id": lambda world: factories.a_field(world.organisation, f"Field {next(_numbers)}").id,
    "filter_id": lambda world: factories.a_filter(world.organisation).id,
    "template_id": lambda world: factories.a_template(world.organisation).id,
    "import_id": lambda world: factories.an_import(world.organisation).id,
    "attachment_id": lambda world: an_attachment(world).id,
    "batch_id": lambda world: a_doubtful_row(a_running_sendout(world.organisation)).batch_id,
    "list_id": lambda world: factories.a_list(world.organisation, factories.a_participant(world.organisation)).id,
    "message_id": lambda world: (
        factories.a_message(factories.a_sendout(world.organisation), factories.a_participant(world.organisation)).id
    ),
    "status_id": lambda world: a_follow_up_status(world).id,
    "action_id": lambda world: (
        factories.saved(
            MessageAction(
                organisation_id=world.organisation.id, happening="opened", address="ann@example.com", status_id=a_follow_up_status(world).id
            )
        ).id
    ),
    "mail_id": lambda world: a_waiting_mail(world).id,
    "key_id": lambda world: factories.an_api_key(world.organisation).id,
    "log_id": lambda world: a_merge(world.organisation, world.people[Role.OWNER]),
    "membership_id": lambda world: world.membership_of(Role.AUTHOR).id,
}


def a_follow_up_status(world: "World") -> FollowUpStatus:
    name = f"Read {next(_numbers)}"
    return factories.saved(FollowUpStatus(organisation_id=world.organisation.id, name=name, colour="blue", position=1))


def a_waiting_mail(world: "World") -> AnswerMail:
    organisation = world.organisation
    text = factories.a_received_text(organisation)
    task = ReplyTask(organisation_id=organisation.id, text_id=text.id, kind="forward_email", address="bob@club.example")
    values = {"organisation_id": organisation.id, "task_id": factories.saved(task).id, "provider_ref": f"received{next(_numbers)}"}
    return factories.saved(AnswerMail(**values, from_address="eve@elsewhere.example", body="Medium", state="waiting"))


def a_merge(organisation: Any, owner: User) -> int:
    person, other = (factories.a_participant(organisation) for _ in range(2))
    return merge(person, other, {}, owner.id)


def an_attachment(world: "World") -> SendoutAttachment:
    sendout = factories.a_sendout(world.organisation)
    values = {"file_name": "map.pdf", "content_type": "application/pdf", "content": b"%PDF"}
    return factories.saved(SendoutAttachment(organisation_id=world.organisation.id, sendout_id=sendout.id, **values))


# What fills a parameter that is nobody's.
PLAIN = {"filename": "favicon.svg", "token": "not.a.token", "channel": Channel.EMAIL.value, "number": 0, "line": "mail"}

# GET pages that answer with something else than a page, and why.
NOT_A_PAGE = {
    "reports.data_file": "is a file, for whoever asked for it just before",
    "api_keys.made": "shows what was just made, and leads back when nothing was",
    "team.link": "shows what was just made, and leads back when nothing was",
    "users.start": "leads to the first place of the rail",
    "users.settings": "leads to the first tab",
}

# GET pages that the plain rows of WORLD are not far enough for, and why; their own tests open them.
TOO_EARLY = {
    "reports.resend": "a draft has nothing to send again",
}


# GET pages of what the plain rows of WORLD have nothing of, and why; their own tests have.
NOTHING_THERE = {
    "pictures.show": "a text without a picture has none to show",
}


@dataclass(frozen=True)
class World:
    """An organisation with one person of each role."""

    organisation: Any
    people: dict[Role, User]

    def membership_of(self, role: Role) -> Membership:
        person = self.people[role]
        return db.session.query(Membership).filter_by(user_id=person.id, organisation_id=self.organisation.id).one()


@dataclass(frozen=True)
class Visit:
    """One method of one route."""

    endpoint: str
    method: str
    rule: Any
    guard: Guard

    @property
    def is_scoped(self) -> bool:
        return bool(set(self.rule.arguments) & set(WORLD))

    def path(self, app: Flask, world: World) -> str:
        unknown = self.rule.arguments - set(WORLD) - set(PLAIN)
        if unknown:
            pytest.fail(f"{self.rule.rule} has the parameters {unknown}: teach WORLD or PLAIN to fill them")
        values: dict[str, Any] = {name: PLAIN[name] if name in PLAIN else WORLD[name](world) for name in self.rule.arguments}
        db.session.commit()
        return app.url_map.bind("localhost").build(self.endpoint, values, self.method)


def visits(app: Flask, door: Door) -> Iterator[Visit]:
    for rule in app.url_map.iter_rules():
        guard = vars(app.view_functions[rule.endpoint])["guard"]
        if guard.door is door:
            yield from (Visit(rule.endpoint, method, rule, guard) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def ask(browser: Browser, visit: Visit, path: str) -> int:
    """The status of an answer; a form goes in empty but for its token."""
    data = None if visit.method == "GET" else {"csrf_token": browser.csrf_token}
    with browser.open(visit.method, path, data=data) as answer:
        return answer.status_code


@pytest.fixture
def world() -> World:
    organisation = factories.an_organisation()
    made = World(organisation, {role: factories.a_member(organisation, role) for role in Role})
    db.session.commit()
    return made


@pytest.fixture
def neighbour() -> User:
    """The owner of another organisation."""
    owner = factories.a_member(factories.an_organisation(name="Hillside School", short_name="Hillside"), Role.OWNER)
    db.session.commit()
    return owner


def test_strangers_are_sent_to_sign_in(app, world):
    stranger = Browser(app)
    let_in = []

    for visit in visits(app, Door.SIGNED_IN):
        answer = stranger.open(visit.method, visit.path(app, world), data={"csrf_token": stranger.csrf_token})
        if answer.status_code not in (302, 303) or not answer.headers["Location"].startswith("/sign-in"):
            let_in.append((visit.rule.rule, visit.method, answer.status_code))

    assert let_in == []


@pytest.mark.parametrize("role", list(Role))
def test_a_lesser_role_is_refused(app, world, role):
    browser = Browser(app, world.people[role])
    closed = [visit for visit in visits(app, Door.SIGNED_IN) if visit.guard.role and not role.includes(visit.guard.role)]

    answers = {(visit.rule.rule, visit.method): ask(browser, visit, visit.path(app, world)) for visit in closed}

    assert {where: status for where, status in answers.items() if status != 403} == {}


def test_another_organisations_rows_are_not_there(app, world, neighbour):
    browser = Browser(app, neighbour)
    scoped = [visit for visit in visits(app, Door.SIGNED_IN) if visit.is_scoped]

    answers = {(visit.rule.rule, visit.method): ask(browser, visit, visit.path(app, world)) for visit in scoped}

    assert {where: status for where, status in answers.items() if status != 404} == {}


def test_a_number_larger_than_any_is_not_there(app, world):
    browser = Browser(app, world.people[Role.OWNER])
    scoped = [visit for door in (Door.SIGNED_IN, Door.KEY) for visit in visits(app, door) if visit.is_scoped]

    answers = {(visit.rule.rule, visit.method): ask(browser, visit, re.sub("<int:.*?>", str(2**63), visit.rule.rule)) for visit in scoped}

    # 405 where the same path has other methods: the router looks for those before it says that there is nothing.
    assert {where: status for where, status in answers.items() if status not in (404, 405)} == {}


def test_every_page_opens_for_the_role_that_it_is_for(app, world, monkeypatch):
    monkeypatch.setitem(app.extensions, "providers", FakeProviders())
    pages = [visit for visit in visits(app, Door.SIGNED_IN) if visit.method == "GET" and visit.guard.role]

    answers = {visit.endpoint: ask(Browser(app, world.people[visit.guard.role]), visit, visit.path(app, world)) for visit in pages}

    known = dict.fromkeys(NOT_A_PAGE, 303) | dict.fromkeys(TOO_EARLY, 409) | dict.fromkeys(NOTHING_THERE, 404)
    expected = dict.fromkeys(answers, 200) | known
    assert {name: status for name, status in answers.items() if status != expected[name]} == {}


def test_a_form_without_its_token_is_refused(app, world):
    browser = Browser(app, world.people[Role.OWNER])
    forms = [visit for visit in visits(app, Door.SIGNED_IN) if visit.method != "GET"]

    answers = {(visit.rule.rule, visit.method): browser.open(visit.method, visit.path(app, world)).status_code for visit in forms}

    assert {where: status for where, status in answers.items() if status != 400} == {}


def test_a_link_that_is_not_ours_opens_nothing(app, world):
    stranger = Browser(app)

    answers = {(visit.rule.rule, visit.method): ask(stranger, visit, visit.path(app, world)) for visit in visits(app, Door.TOKEN)}

    assert {where: status for where, status in answers.items() if status != 404} == {}


def test_a_callback_without_a_signature_is_refused_and_given_no_cookie(app, world):
    stranger = Browser(app)

    for visit in visits(app, Door.SIGNATURE):
        answer = stranger.open(visit.method, visit.path(app, world), data=b"")

        assert (visit.rule.rule, answer.status_code) == (visit.rule.rule, 403)
        assert "Set-Cookie" not in answer.headers


def test_a_program_without_a_key_is_refused_and_given_no_cookie(app, world):
    stranger = Browser(app)

    for visit in visits(app, Door.KEY):
        answer = stranger.open(visit.method, visit.path(app, world))

        assert (visit.rule.rule, visit.method, answer.status_code) == (visit.rule.rule, visit.method, 401)
        assert "Set-Cookie" not in answer.headers


def test_public_pages_open_for_anybody(app, world):
    pages = [visit for visit in visits(app, Door.PUBLIC) if visit.method == "GET"]

    answers = {visit.endpoint: ask(Browser(app), visit, visit.path(app, world)) for visit in pages}

    assert {name: status for name, status in answers.items() if status >= 500 or status in (401, 403)} == {}
