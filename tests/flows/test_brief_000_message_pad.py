"""Following messages up, as brief 000 promises it: statuses, what moves them on, the honest picture, and the edit link.

Real database, real pages, fake carriers. Its "Admin" page is Settings → Follow-up here, its "Tickets → Show list" the Messages
page, which asks `stands_in` (tests/messages/test_follow_up.py). What it says of spam folders and of mail programs that show no
pictures are no rules but words: they stand on the page that the picture leads to.
"""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.messages.follow_up import follow_up_setup, stands_in
from app.messages.urls import own_urls
from app.models import FollowUpEntry, Message, MessageAction, Sendout
from app.participants.follow_ups import follow_ups_of, said_of, statuses_of
from tests.browser import Browser
from tests.factories import a_member
from tests.scenes import a_frozen_scene, messages_of, run_sql
from tests.workers.conftest import carriers, worker_app  # noqa: F401  fixtures
from workers.sending import send_slot

pytestmark = pytest.mark.usefixtures("database", "carriers")

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/133.0.0.0"
SETTINGS = "/settings/follow-up"


def words_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def member(app, scene, role=Role.OWNER):
    user = a_member(scene.organisation, role, name="Olu")
    db.session.commit()
    return Browser(app, user)


def followed(app, **values):
    """A send-out of an organisation that follows up, handed over a while ago to one person; its owner's browser."""
    scene = a_frozen_scene(1, **values)
    owner = member(app, scene)
    owner.post(SETTINGS, {"on": "yes"})
    send_slot(Channel.EMAIL, 0, 0)
    run_sql("UPDATE messages SET accepted_at = now() - interval '3 days'")
    run_sql("UPDATE organisations SET follow_up_since = now() - interval '9 days'")
    return scene, owner, messages_of(scene)[0]


def standing_of(message):
    db.session.rollback()
    return follow_ups_of([message.id])[message.id]


def status_id(scene, name):
    return next(status.id for status in statuses_of(scene.organisation.id) if status.name == name)


def open_it(app, message):
    """Its picture is fetched by a person's mail program."""
    Browser(app).get(own_urls().open_pixel(message.id).removeprefix("https://app.example.com"), User_Agent=CHROME)
    apply_due_receipts()
    db.session.commit()


def edit_path(message):
    return own_urls().edit(message.id).removeprefix("https://app.example.com")


def handed(app):
    """HTML and plain text of the one call that was made, with the values of its only message filled in."""
    call = app.extensions["providers"].mail.calls[-1]
    return [re.sub(r"\{\{(\w+)\}\}", lambda slot: call.messages[0].slots[slot[1]], part) for part in (call.html, call.text)]


# ---- statuses, actions, the list


def test_it_is_off_until_an_owner_switches_it_on(app):
    scene = a_frozen_scene(1)
    send_slot(Channel.EMAIL, 0, 0)
    owner = member(app, scene)

    before = words_of(owner.get(SETTINGS))
    person = words_of(owner.get(f"/participants/{scene.people[0].id}"))

    assert "Follow-up is off" in before
    assert "Open for" not in person
    assert follow_up_setup(scene.organisation.id) is None


def test_messages_start_as_open_and_an_action_closes_them_on_receipt(app):
    scene, owner, message = followed(app)
    before = standing_of(message)
    form = {"target": "address", "address": message.address.upper(), "happening": "opened", "status": status_id(scene, "Closed")}
    added = owner.post(f"{SETTINGS}/actions", form)

    open_it(app, message)

    assert (before.name, before.age, added.status_code) == ("Open", "for 3 days", 303)
    assert standing_of(message).name == "Closed"
    assert f"When a message to {message.address.lower()} is opened by a person, it becomes Closed." in words_of(owner.get(SETTINGS))
    page = words_of(owner.get(f"/participants/{message.participant_id}"))
    assert "Closed since today" in page
    assert "by itself, once received" in page


def test_an_organisations_own_category_is_offered_to_actions_at_once(app):
    scene, owner, _ = followed(app)
    owner.post(f"{SETTINGS}/statuses", {"name": "With the doctor", "colour": "violet"})
    made = status_id(scene, "With the doctor")
    owner.post(f"{SETTINGS}/statuses/{made}/up")

    example = words_of(owner.get(f"{SETTINGS}/example?target=address&address=dr@example.com&happening=acknowledged&status={made}"))
    changed = owner.post(f"{SETTINGS}/statuses/{made}", {"name": "Doctor", "colour": "blue"})
    refused = owner.post(f"{SETTINGS}/statuses/{made}", {"name": "open", "colour": "blue"})
    kept_first = owner.post(f"{SETTINGS}/statuses/{status_id(scene, 'Read')}/up")

    assert "When a message to dr@example.com is confirmed as read, it becomes With the doctor." in example
    assert "it starts as Open" in example
    assert (changed.status_code, refused.status_code, kept_first.status_code) == (303, 409, 409)
    assert [status.name for status in statuses_of(scene.organisation.id)] == ["Open", "Read", "Doctor", "Closed"]


def test_a_status_in_use_stays_and_an_unused_one_and_an_action_can_go(app):
    scene, owner, _ = followed(app)
    form = {"target": f"sendout-{scene.sendout.id}", "happening": "responded", "status": status_id(scene, "Closed")}
    owner.post(f"{SETTINGS}/actions", form)
    action = db.session.scalars(select(MessageAction.id)).one()

    kept = owner.post(f"{SETTINGS}/statuses/{status_id(scene, 'Closed')}/remove")
    start = owner.post(f"{SETTINGS}/statuses/{status_id(scene, 'Open')}/remove")
    gone = owner.post(f"{SETTINGS}/statuses/{status_id(scene, 'Read')}/remove")
    owner.post(f"{SETTINGS}/actions/{action}/remove")
    wrong = owner.post(f"{SETTINGS}/actions", {"target": "address", "address": "nobody", "happening": "opened", "status": form["status"]})

    assert [answer.status_code for answer in (kept, start, gone, wrong)] == [409, 409, 303, 422]
    db.session.rollback()
    assert [status.name for status in statuses_of(scene.organisation.id)] == ["Open", "Closed"]
    assert db.session.scalars(select(MessageAction.id)).all() == []


def test_what_is_still_open_after_two_days_can_be_listed(app):
    scene, _, message = followed(app)
    setup = follow_up_setup(scene.organisation.id)
    assert setup
    still_open = select(Message.id).where(stands_in(setup, setup.statuses[0].id, since_before=now() - timedelta(days=2)))

    before = db.session.scalars(still_open).all()
    run_sql("UPDATE messages SET accepted_at = now() - interval '1 day'")

    assert (before, db.session.scalars(still_open).all()) == ([message.id], [])


def test_an_organiser_comments_and_moves_a_message_on_from_its_person(app):
    scene, _, message = followed(app)
    ben = member(app, scene, Role.ORGANISER)

    answer = ben.post(f"/messages/{message.id}/follow-up", {"status": status_id(scene, "Read"), "comment": "Rang them"})

    page = words_of(ben.get(f"/participants/{message.participant_id}"))
    assert answer.status_code == 303
    assert standing_of(message).name == "Read"
    assert re.search(r"Read Rang them Olu · ", page)


# ---- the picture


@pytest.mark.parametrize("by", ["organisation", "send-out"])
def test_a_conspicuous_picture_is_labelled_auto_and_leads_to_its_explanation(app, by):
    scene = a_frozen_scene(1, has_visible_pixel=by == "send-out")
    scene.organisation.has_visible_pixel = by == "organisation"
    db.session.commit()

    send_slot(Channel.EMAIL, 0, 0)

    body, _ = handed(app)
    [message] = messages_of(scene)
    picture = f"{own_urls().open_pixel(message.id)}?auto"
    assert re.search(rf'<a href="https://app.example.com/tracking-explained"[^>]*><img src="{re.escape(picture)}" [^>]*alt="auto"', body)
    seen = Browser(app).get(picture.removeprefix("https://app.example.com"))
    assert (seen.mimetype, int.from_bytes(seen.data[6:8], "little")) == ("image/gif", 88)
    explained = words_of(Browser(app).get("/tracking-explained"))
    assert "What it cannot know" in explained
    assert "spam folder" in explained
    assert "preview" in explained


def test_otherwise_the_picture_is_one_that_nobody_sees(app):
    a_frozen_scene(1)

    send_slot(Channel.EMAIL, 0, 0)

    body, _ = handed(app)
    assert 'width="1" height="1" alt=""' in body
    assert "tracking-explained" not in body


def test_the_conspicuous_picture_counts_as_the_other_does(app):
    _, _, message = followed(app, has_visible_pixel=True)

    open_it(app, message)

    assert db.session.get_one(Message, message.id, populate_existing=True).shown_status == "opened"


# ---- the edit link


def test_the_edit_link_stands_in_the_mail_where_its_box_is_ticked(app):
    scene = a_frozen_scene(1, has_edit_link=True)

    send_slot(Channel.EMAIL, 0, 0)

    url = own_urls().edit(messages_of(scene)[0].id)
    assert all(url in part for part in handed(app))


def test_without_its_box_there_is_no_edit_link_and_none_opens(app):
    scene = a_frozen_scene(1)

    send_slot(Channel.EMAIL, 0, 0)

    assert not any("/edit/" in part for part in handed(app))
    assert Browser(app).get(edit_path(messages_of(scene)[0])).status_code == 404


def test_somebody_without_an_account_reads_comments_and_changes_the_status(app):
    scene, owner, message = followed(app, has_edit_link=True, html="<p>Mrs Jones called, {{ first_name }}.</p>")
    doctor = Browser(app)

    page = doctor.get(edit_path(message))
    form = {"status": status_id(scene, "Closed"), "comment": "Called her back.\nAll well.", "name": "Dr Ada"}
    saved = doctor.post(edit_path(message), form)

    assert "Mrs Jones called, Ava." in words_of(page)
    assert saved.status_code == 303
    assert "Called her back. All well. Dr Ada, by the edit link" in words_of(doctor.get(edit_path(message)))
    assert standing_of(message).name == "Closed"
    for shown in (f"/participants/{message.participant_id}", f"/sendouts/{scene.sendout.id}/recipients?channel=email"):
        assert "Closed Called her back. All well. Dr Ada, by the edit link · " in words_of(owner.get(shown))


def test_reading_by_the_edit_link_changes_nothing_and_neither_does_a_scanner(app):
    scene, _, message = followed(app, has_edit_link=True)
    before = standing_of(message)

    for method in ("GET", "HEAD", "GET"):
        Browser(app).open(method, f"{edit_path(message)}?status={status_id(scene, 'Closed')}&comment=x")
    empty = Browser(app).post(edit_path(message), {"status": before.status_id, "comment": " "})

    assert empty.status_code == 422
    assert standing_of(message) == before
    assert said_of([message.id]) == {}
    row = db.session.get_one(Message, message.id)
    assert (row.opened_at, row.machine_opened_at, row.shown_status) == (None, None, "sent")


def test_without_follow_up_the_link_still_takes_comments(app):
    scene = a_frozen_scene(1, has_edit_link=True)
    send_slot(Channel.EMAIL, 0, 0)
    [message] = messages_of(scene)

    page = words_of(Browser(app).get(edit_path(message)))
    Browser(app).post(edit_path(message), {"status": "1", "comment": "Thank you"})

    assert "Where it stands" not in page
    db.session.rollback()
    [entry] = db.session.scalars(select(FollowUpEntry)).all()
    assert (entry.status_id, entry.comment, entry.is_by_link) == (None, "Thank you", True)


def test_edit_links_can_be_taken_back_and_given_back(app):
    scene, owner, message = followed(app, has_edit_link=True)
    switch = f"/sendouts/{scene.sendout.id}/edit-link"

    owner.post(switch)
    closed = [Browser(app).get(edit_path(message)), Browser(app).post(edit_path(message), {"comment": "Hello"})]
    owner.post(switch, {"open": "yes"})

    assert [answer.status_code for answer in closed] == [404, 404]
    assert Browser(app).get(edit_path(message)).status_code == 200
    assert said_of([message.id]) == {}


def test_the_composer_says_that_whoever_gets_it_forwarded_can_use_it(app):
    scene = a_frozen_scene(1)
    owner = member(app, scene)
    run_sql("UPDATE sendouts SET state = 'draft', audience_count = NULL, frozen_at = NULL WHERE id = :id", id=scene.sendout.id)
    options = f"/sendouts/{scene.sendout.id}/compose/options"

    page = words_of(owner.get(options))
    owner.post(options, {"email_sender_id": scene.sendout.email_sender_id, "has_edit_link": "yes", "has_visible_pixel": "yes"})

    assert "Whoever it is forwarded to can use it, too" in page
    draft = db.session.get_one(Sendout, scene.sendout.id, populate_existing=True)
    assert (draft.has_edit_link, draft.has_visible_pixel) == (True, True)


# ---- the message on the server


def test_looking_at_a_message_in_the_dashboard_counts_nowhere_and_shows_no_edit_link(app):
    scene, owner, message = followed(app, has_edit_link=True, has_visible_pixel=True)
    person, sendout = message.participant_id, scene.sendout.id
    pages = [
        f"/sendouts/{sendout}",
        f"/sendouts/{sendout}/recipients?channel=email",
        f"/participants/{person}",
        f"/sendouts/{sendout}/preview",
    ]

    seen = [owner.get(page).get_data(as_text=True) for page in pages]

    assert not any("/edit/" in page or "/o/" in page for page in seen)
    apply_due_receipts()
    assert db.session.get_one(Message, message.id, populate_existing=True).shown_status == "sent"
    assert standing_of(message).name == "Open"
