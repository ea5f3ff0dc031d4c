import csv
import io
from datetime import timedelta

import pytest

from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from tests.factories import a_participant
from tests.reports.mixtures import a_batch, a_row


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"Ida", "Max", "Eva", "Tom", "Zoe"}),
        ("status=bounced", {"Ida"}),
        ("status=skipped&reason=no_address", {"Max"}),
        ("status=skipped&reason=excluded", set()),
        ("status=sending", {"Tom"}),
        ("status=pending", {"Zoe"}),
        ("q=eva%20k", {"Eva"}),
        ("q=%25", set()),
        ("channel=sms", set()),
        ("status=nonsense", {"Ida", "Max", "Eva", "Tom", "Zoe"}),
    ],
)
def test_recipients_are_narrowed(scene, query, names):
    batch = a_batch(scene.sendout, state="open", lease_until=now() + timedelta(minutes=1))
    standings = {
        "Ida": ("bounced", {}),
        "Max": ("skipped:no_address", {}),
        "Eva": ("opened", {}),
        "Zoe": ("pending", {}),
        "Tom": ("pending", {"batch_id": batch.id}),
    }
    for first_name, (standing, values) in standings.items():
        a_row(scene.sendout, standing, person=a_participant(scene.organisation, first_name=first_name, last_name="Kim"), **values)
    db.session.commit()

    rows = list(csv.DictReader(io.StringIO(scene.organiser.get(f"{scene.page}/recipients.csv?{query}").text.removeprefix("\ufeff"))))
    page = scene.organiser.get(f"{scene.page}/recipients?{query}").text

    assert {row["Name"].split()[0] for row in rows} == names
    assert {name for name in standings if f"{name} Kim" in page} == names


def test_recipients_come_in_pages_by_key(scene):
    scene.given(*["delivered"] * 51)

    first = scene.organiser.get(f"{scene.page}/recipients?status=delivered").text
    cursor = first.split("after=")[1].split('"')[0].split("&")[0]
    second = scene.organiser.get(f"{scene.page}/recipients?status=delivered&after={cursor}").text

    assert first.count('class="address"') == 50
    assert second.count('class="address"') == 1


def test_the_file_runs_no_formula_and_says_why(scene):
    person = a_participant(scene.organisation, first_name="=cmd()", last_name="")
    scene.given("skipped:unsubscribed", person=person)

    answer = scene.people[Role.VIEWER].get(f"{scene.page}/recipients.csv?channel=email")

    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row["Name"] == "'=cmd()"
    assert (row["Status"], row["Reason"]) == ("Skipped", "Unsubscribed (marketing)")
    assert "attachment" in answer.headers["Content-Disposition"]


def test_ids_are_copied_as_lines(scene):
    rows = scene.given("bounced", "bounced", "sent")

    answer = scene.organiser.get(f"{scene.page}/recipients/ids?status=bounced")

    assert answer.text.split() == [str(row.id) for row in rows[:2]]


def test_a_row_says_its_status_once(scene):
    scene.given("delivered", "opened")

    page = scene.organiser.get(f"{scene.page}/recipients?channel=email").text
    badges = [words for words in ("Delivered", "Opened", "Read") if f"</svg>{words}</button>" in page]

    assert badges == ["Delivered", "Opened", "Read"]
    assert page.count("</svg>Delivered</button>") == 1


@pytest.mark.parametrize(("channel", "impossible"), [("email", "bad_number"), ("sms", "bounced")])
def test_only_statuses_of_the_channel_are_offered_beside_the_one_asked_for(scene, channel, impossible):
    offered = scene.organiser.get(f"{scene.page}/recipients?channel={channel}").text
    asked = scene.organiser.get(f"{scene.page}/recipients?channel={channel}&status={impossible}").text

    assert '<option value="not_sent"' in offered
    assert f'<option value="{impossible}"' not in offered
    assert f'<option value="{impossible}" selected' in asked


@pytest.mark.parametrize(("standing", "is_told"), [("delivered", False), ("unsubscribed", False), ("bounced", True), ("delayed", True)])
def test_the_other_sides_words_are_told_only_of_what_did_not_arrive(scene, standing, is_told):
    row, *_ = scene.given(standing, error_words="said the mail server")

    rows = scene.organiser.get(f"{scene.page}/recipients?channel=email").text
    person = scene.organiser.get(f"/participants/{row.participant_id}").text

    assert ("said the mail server" in rows, "said the mail server" in person) == (is_told, is_told)
