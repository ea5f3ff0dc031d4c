"""The Messages page: every message of all send-outs, narrowed, paged, moved on."""

import html
import re

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.extensions import db
from app.models import FollowUpStatus, ListMembership
from tests.factories import a_list, a_participant, saved
from tests.questions import message_of, organiser, sent
from tests.scenes import a_scene, messages_of, run_sql
from tests.workers.conftest import carriers, worker_app  # noqa: F401  fixtures

pytestmark = pytest.mark.usefixtures("database", "carriers")


def test_the_messages_of_all_send_outs_are_narrowed_by_every_filter(app):
    scene, other = sent(), sent(channel=Channel.SMS)
    run_sql("UPDATE sendouts SET launched_at = '2026-03-04 23:30+00' WHERE id = :id", id=scene.sendout.id)
    listed = db.session.scalars(select(ListMembership.list_id).where(ListMembership.participant_id == scene.people[0].id)).one()
    bob, mine = organiser(app, scene), f'row-id">{message_of(scene).id}<'

    shown = {
        query: mine in bob.get(f"/reports/messages?{query}").text
        for query in (
            "", "status=sent", "status=opened", "channel=email", "channel=sms", f"sender={scene.sendout.email_sender_id}",
            f"sender={scene.sendout.sms_sender_id}", f"list={listed}", "list=999", "since=2026-03-04", "since=2026-03-05",
            "until=2026-03-04", "until=2026-03-03", f"ids={message_of(scene).id}", "ids=0", f"sendout={other.sendout.id}", "since=never",
            "until=9999-12-31", "since=0001-01-01",
        )
    }  # fmt: skip

    assert {query for query, is_there in shown.items() if not is_there} == {
        "status=opened", "channel=sms", f"sender={scene.sendout.sms_sender_id}", "list=999", "since=2026-03-05", "until=2026-03-03",
        "ids=0", f"sendout={other.sendout.id}",
    }  # fmt: skip


def test_pages_follow_each_other_without_a_gap(app):
    scene = sent(120)
    bob, seen = organiser(app, scene), []
    path: str | None = "/reports/messages"

    while path:
        page = bob.get(path).text
        seen += [int(number) for number in re.findall(r'row-id">(\d+)<', page)]
        following = re.search(r'href="([^"]+after=[^"]+)"', page)
        path = html.unescape(following[1]) if following else None

    assert seen == sorted((message.id for message in messages_of(scene)), reverse=True)


def test_another_organisations_messages_are_not_there(app):
    scene, stranger = sent(), a_scene(1, title="Elsewhere")
    theirs = organiser(app, stranger)

    for path in ("", "/ids", ".csv"):
        answer = theirs.get(f"/reports/messages{path}?ids={message_of(scene).id}&sendout={scene.sendout.id}")
        assert scene.people[0].email_address not in answer.text
        assert not re.search(rf"\b{message_of(scene).id}\n", answer.text if path == "/ids" else "")


def test_a_draft_asked_for_leads_to_its_report_as_of_now(app):
    scene = a_scene(1, state="draft")

    page = organiser(app, scene).get(f"/reports/messages?sendout={scene.sendout.id}").text

    assert f"/sendouts/{scene.sendout.id}/recipients" in page


def test_a_list_left_out_of_a_send_out_did_not_get_it(app):
    scene = sent()
    away = a_list(scene.organisation, a_participant(scene.organisation))
    run_sql(
        "INSERT INTO sendout_lists (sendout_id, list_id, organisation_id, is_excluded) VALUES (:id, :list, :organisation, true)",
        id=scene.sendout.id, list=away.id, organisation=scene.organisation.id,
    )  # fmt: skip

    assert 'row-id">' not in organiser(app, scene).get(f"/reports/messages?list={away.id}").text


def test_messages_are_narrowed_by_follow_up_and_the_ticked_ones_moved(app):
    scene = sent(2)
    run_sql("UPDATE organisations SET has_follow_up = true, follow_up_since = now() - interval '1 day'")
    statuses = [
        saved(FollowUpStatus(organisation_id=scene.organisation.id, name=name, colour="grey", position=place))
        for place, name in enumerate(("Open", "Closed"))
    ]
    db.session.commit()
    first, second = (message.id for message in messages_of(scene))
    bob = organiser(app, scene)

    def listed(query):
        return sorted(int(number) for number in re.findall(r'row-id">(\d+)<', bob.get(f"/reports/messages?{query}").text))

    moved = bob.post("/reports/messages/follow-up?channel=email", {"status_id": statuses[1].id, "message_id": [first]})

    assert moved.location.endswith("/reports/messages?channel=email")
    assert (listed(f"follow_up={statuses[0].id}"), listed(f"follow_up={statuses[1].id}")) == ([second], [first])
    assert listed(f"follow_up={statuses[0].id}&days=2") == []
