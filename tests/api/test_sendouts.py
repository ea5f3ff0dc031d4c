"""A program reads how a send-out stands, down to each message."""

import pytest

from app.domain.channels import Channel
from app.extensions import db
from app.lib.clock import now
from tests import factories


@pytest.fixture
def sendout(club):
    made = factories.a_sendout(club, title="Spring camp", state="running", audience_count=3, launched_at=now())
    ann, ben, cem = (factories.a_participant(club, first_name=name) for name in ("Ann", "Ben", "Cem"))
    factories.a_message(made, ann, status="delivered", accepted_at=now(), delivered_at=now(), provider_ref="r1")
    factories.a_message(made, ben, status="skipped", skip_reason="unsubscribed")
    factories.a_message(made, cem)
    db.session.commit()
    return made


def test_its_counts_add_up_to_the_audience(program, sendout):
    found = program.get(f"/send-outs/{sendout.id}")

    assert (found["title"], found["state"], found["audience_count"]) == ("Spring camp", "running", 3)
    email = found["channels"]["email"]
    assert email["shown"] == {"delivered": 1, "skipped": 1, "pending": 1}
    assert (sum(email["shown"].values()), email["skipped"]) == (email["audience"], {"unsubscribed": 1})


def test_its_messages_name_people_statuses_and_reasons(program, sendout):
    messages = program.get(f"/send-outs/{sendout.id}/messages")["data"]

    assert [(each["name"].split()[0], each["status"], each["skip_reason"]) for each in messages] == [
        ("Ann", "delivered", None),
        ("Ben", "skipped", "unsubscribed"),
        ("Cem", "pending", None),
    ]
    assert messages[0]["delivered_at"].endswith("Z")


def test_messages_are_narrowed_by_status_and_channel(program, sendout):
    delivered = program.get(f"/send-outs/{sendout.id}/messages?status=delivered")["data"]
    by_text = program.get(f"/send-outs/{sendout.id}/messages?channel=sms")["data"]

    assert ([each["status"] for each in delivered], by_text) == (["delivered"], [])


@pytest.mark.parametrize("query", ["status=read", "channel=fax", "after=-1"])
def test_a_query_that_makes_no_sense_is_said(program, sendout, query):
    answer = program.ask("GET", f"/send-outs/{sendout.id}/messages?{query}")

    assert answer.status_code == 422
    assert answer.json["error"]["field"] == query.split("=")[0]


def test_send_outs_come_in_pages_the_newest_first(program, club):
    made = [factories.a_sendout(club).id for _ in range(35)]
    db.session.commit()

    first = program.get("/send-outs")
    second = program.get(f"/send-outs?after={first['next']}")

    assert [each["id"] for page in (first, second) for each in page["data"]] == made[::-1]
    assert second["next"] is None


def test_a_draft_has_no_messages_yet(program, club):
    draft = factories.a_sendout(club, factories.a_list(club, factories.a_participant(club)))
    db.session.commit()

    assert program.get(f"/send-outs/{draft.id}/messages") == {"data": [], "next": None}
    assert program.get(f"/send-outs/{draft.id}")["channels"] == {}


def test_a_text_is_under_its_own_channel_without_asking(program, club):
    sendout = factories.a_sendout(club, channel_plan="sms", state="running", audience_count=1)
    factories.a_message(sendout, factories.a_participant(club), Channel.SMS)
    db.session.commit()

    assert [each["channel"] for each in program.get(f"/send-outs/{sendout.id}/messages")["data"]] == ["sms"]
