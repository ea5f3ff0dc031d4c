import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.lib.clock import now
from app.models import Answer
from tests.factories import a_participant
from tests.reports.mixtures import a_batch, a_row, a_running_sendout

AT = datetime(2026, 3, 1, 9, 30, 15, 900_000, tzinfo=UTC)
WRITTEN_AT = "2026-03-01 09:30:15+00:00"


def rows_of(answer):
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_row_of_the_report_says_everything_that_is_known(scene):
    scene.sendout.choices = ["Yes", "No"]
    person = a_participant(scene.organisation, first_name="Ida", last_name="Kim")
    moments = dict.fromkeys(("accepted_at", "delivered_at", "opened_at", "clicked_at", "responded_at"), AT)
    row = a_row(scene.sendout, "responded", person=person, address="ida@old.example", error_code="-7", **moments)
    given = {"organisation_id": scene.organisation.id, "sendout_id": scene.sendout.id, "message_id": row.id, "channel": row.channel}
    db.session.add(Answer(**given, choice=1, source="page", given_at=AT, replaced_at=AT))
    db.session.flush()
    db.session.add(Answer(**given, choice=2, source="page", given_at=AT))
    db.session.commit()

    (found,) = rows_of(scene.organiser.get(f"{scene.page}/recipients.csv"))

    said = {"Message": str(row.id), "Name": "Ida Kim", "Address": "ida@old.example", "Channel": "email", "Code": "-7", "Response": "No"}
    times = {**dict.fromkeys(("Sent", "Delivered", "Opened", "Clicked", "Responded"), WRITTEN_AT), "Wrote back": "", "Opted out": ""}
    assert found.items() >= (said | times | {"Status": "Responded", "Reason": ""}).items()


@pytest.mark.parametrize(
    ("channel", "standing", "status", "reason"),
    [
        (Channel.EMAIL, "skipped:bad_address", "Skipped", "Bad address on file"),
        (Channel.SMS, "skipped:bad_address", "Skipped", "Bad number on file"),
        (Channel.EMAIL, "bounced", "Bounced", "'=no such mailbox"),
        (Channel.SMS, "stopped", "STOP", "'=no such mailbox"),
    ],
)
def test_both_files_say_why(scene, channel, standing, status, reason):
    sendout = a_running_sendout(scene.organisation, ChannelPlan.BOTH)
    a_row(sendout, standing, channel, error_words="=no such mailbox")
    db.session.commit()

    report = rows_of(scene.organiser.get(f"/sendouts/{sendout.id}/recipients.csv?channel={channel}"))
    messages = rows_of(scene.organiser.get("/reports/messages.csv"))

    assert [(row["Channel"], row["Status"], row["Reason"]) for row in (*report, *messages)] == [(channel, status, reason)] * 2


def test_what_is_being_handed_over_is_sending_in_both_files(scene):
    batch = a_batch(scene.sendout, state="open", lease_until=now() + timedelta(minutes=1))
    done = a_batch(scene.sendout, state="done")
    scene.given("pending", batch_id=batch.id)
    scene.given("pending", batch_id=done.id)

    report = rows_of(scene.organiser.get(f"{scene.page}/recipients.csv"))
    messages = rows_of(scene.organiser.get("/reports/messages.csv"))

    assert [row["Status"] for row in report] == ["Sending", "Pending"]
    assert [row["Status"] for row in messages] == ["Pending", "Sending"]


def test_the_messages_file_has_the_last_message_first_and_keeps_to_what_was_asked(scene):
    scene.given("delivered", "bounced", "delivered")
    other = a_running_sendout(scene.organisation, title="Autumn camp")
    a_row(other, "delivered", accepted_at=AT)
    db.session.commit()

    everything = rows_of(scene.organiser.get("/reports/messages.csv"))
    narrowed = rows_of(scene.organiser.get(f"/reports/messages.csv?sendout={scene.sendout.id}&status=delivered"))

    assert [row["Send-out"] for row in everything] == ["Autumn camp", *["Spring camp"] * 3]
    assert everything[0]["When"] == WRITTEN_AT
    assert [row["Message"] for row in narrowed] == [everything[1]["Message"], everything[3]["Message"]]
    assert len(everything) == 4


def test_the_file_of_a_draft_has_its_audience_as_it_would_be_now(scene):
    draft = a_running_sendout(scene.organisation, state="draft", audience_count=None, frozen_at=None, launched_at=None)
    db.session.commit()

    answer = scene.organiser.get(f"/sendouts/{draft.id}/recipients.csv")

    assert rows_of(answer) == []
    assert answer.text.startswith("\ufeffMessage,Name,Address,Channel,Status,Reason")


@pytest.mark.parametrize(
    "narrowing", ["sendout={ours}", "sendout={ours}&channel=email", "sendout={ours}&status=pending", "since=2020-01-01"]
)
def test_messages_of_a_few_send_outs_come_last_first_in_pages(scene, narrowing):
    scene.given(*["delivered", "pending", "bounced"] * 20)
    asked = f"/reports/messages?{narrowing.format(ours=scene.sendout.id)}"

    first = scene.organiser.get(f"{asked}").text
    ids = scene.organiser.get(f"/reports/messages/ids?{narrowing.format(ours=scene.sendout.id)}").text.split()

    assert ids == sorted(ids, key=int, reverse=True)
    assert len(ids) == (20 if "status" in narrowing else 60)
    assert (f"after={ids[:50][-1]}" in first) == (len(ids) > 50)
