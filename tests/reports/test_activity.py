"""Who did what: every action has its sentence, owners see it, and nobody else's is among it."""

import ast
from pathlib import Path

import pytest

from app.domain.roles import Role
from app.extensions import db
from app.models import AuditEntry
from app.reports.activity.queries import Asked, deeds_page
from app.reports.activity.words import SENTENCES, Change, changes_in, named_in
from tests import factories
from tests.browser import Browser

APP = Path(__file__).parents[2] / "app"
PAGE = "/settings/activity"


def constants(node):
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def actions_in(tree):
    """What `record` is called with, and what is put into an entry by hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "record" and node.args:
            choice = node.args[0]
            yield from constants(choice.body) | constants(choice.orelse) if isinstance(choice, ast.IfExp) else constants(choice)
        if isinstance(node, ast.Dict):
            by_key = {key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)}
            if "object_kind" in by_key and "action" in by_key:
                yield from constants(by_key["action"])


def an_entry(organisation, user=None, **values):
    known = {"action": "pause", "object_kind": "sendout", "object_id": None} | values
    return factories.saved(AuditEntry(organisation_id=organisation.id, user_id=user.id if user else None, **known))


@pytest.fixture
def owner(scene):
    return scene.people[Role.OWNER]


def words_of(answer):
    return " ".join(answer.text.split())


def test_every_action_that_is_written_down_has_a_sentence():
    found = {action for path in APP.rglob("*.py") for action in actions_in(ast.parse(path.read_text()))}

    assert len(found) > 20
    assert found - SENTENCES.keys() == set()


def test_what_was_done_stands_there_with_who_did_it_and_where_to_look(scene, owner):
    assert owner.post(f"{scene.page}/pause").status_code == 303
    ben = factories.a_participant(scene.organisation, first_name="Ben", last_name="<b>Okoro</b>")
    an_entry(scene.organisation, action="person exported", object_kind="participant", object_id=ben.id)
    an_entry(scene.organisation, action="list deleted", object_kind="list", object_id=4, detail={"name": "Parents of 2019", "people": 3})
    db.session.commit()

    page = words_of(owner.get(PAGE))

    assert f'Paused: <a href="{scene.page}"><bdi>Spring camp</bdi></a>' in page
    assert f'Exported all about a person: <a href="/participants/{ben.id}"><bdi>Ben &lt;b&gt;Okoro&lt;/b&gt;</bdi></a>' in page
    assert "Deleted a list: <bdi>Parents of 2019</bdi>" in page
    assert "By itself" in page


def test_sending_and_taking_it_back_are_written_down(app):
    club = factories.an_organisation()
    user = factories.a_member(club)
    sender, listed = factories.a_sender(club), factories.a_list(club, factories.a_participant(club))
    sendout = factories.a_sendout(club, listed, title="Camp", email_sender_id=sender.id, communication_type="non_marketing")
    db.session.commit()
    browser = Browser(app, user)

    assert browser.post(f"/sendouts/{sendout.id}/launch").status_code == 303
    assert browser.post(f"/sendouts/{sendout.id}/undo").status_code == 303

    assert [deed.sentence for deed in deeds_page(Asked(club.id), None).rows] == ["Took Send back", "Pressed Send"]


def test_it_can_be_narrowed_to_a_person_and_a_part(scene, owner):
    ann, ben = factories.a_member(scene.organisation, name="Ann"), factories.a_member(scene.organisation, name="Ben")
    an_entry(scene.organisation, ann, action="cancel")
    an_entry(scene.organisation, ben, action="resume")
    an_entry(scene.organisation, ben, action="member invited", object_kind="membership", detail={"role": "author"})
    db.session.commit()

    by_ben, team = owner.get(f"{PAGE}?by={ben.id}"), owner.get(f"{PAGE}?by={ben.id}&part=team")

    assert ("Cancelled" in by_ben.text, "Resumed" in by_ben.text, "Invited" in by_ben.text) == (False, True, True)
    assert ("Resumed" in team.text, "Invited" in team.text) == (False, True)
    assert "Nothing like that was done" in owner.get(f"{PAGE}?part=unsubscribes").text


def test_a_filter_that_makes_no_sense_is_as_good_as_none(scene, owner):
    an_entry(scene.organisation, action="cancel")
    db.session.commit()

    for asked in ("by=999999999", "by=x", "part=everything", "after=x"):
        assert "Cancelled" in owner.get(f"{PAGE}?{asked}").text


def test_only_owners_see_it_and_only_their_own(app, scene, owner):
    other = factories.an_organisation()
    an_entry(other, action="cancel", object_id=scene.sendout.id)
    stranger = Browser(app, factories.a_member(other))
    db.session.commit()

    assert "Nothing was done yet" in owner.get(PAGE).text
    assert "Spring camp" not in stranger.get(PAGE).text
    assert scene.people[Role.ORGANISER].get(PAGE).status_code == 403


def test_pages_follow_each_other_without_a_gap(scene):
    ids = [an_entry(scene.organisation, action="resume").id for _ in range(5)]

    first = deeds_page(Asked(scene.organisation.id), None, size=2)
    second = deeds_page(Asked(scene.organisation.id), first.next_cursor, size=2)
    third = deeds_page(Asked(scene.organisation.id), second.next_cursor, size=2)

    assert [deed.id for page in (first, second, third) for deed in page.rows] == ids[::-1]
    assert third.next_cursor is None


def test_changed_settings_say_what_they_were_and_became():
    detail = {"is_tracking": [True, False], "time_zone": ["Europe/Paris", "Europe/London"], "monthly_budget": [None, 25]}

    assert changes_in("organisation changed", detail) == [
        Change("tracking", "on", "off"),
        Change("time zone", "Europe/Paris", "Europe/London"),
        Change("monthly budget", "nothing", "25"),
    ]
    assert changes_in("tracking switched off", {"senders": ["a@club.example", "b@club.example"]}) == []


def test_a_long_proof_is_cut_short():
    assert len(named_in({"proof": "ticked on the form " * 50})) == 120
    assert named_in({"people": 3, "name": ""}) == ""
