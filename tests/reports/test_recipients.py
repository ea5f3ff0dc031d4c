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
