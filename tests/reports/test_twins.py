"""Whoever was skipped as a duplicate is told of whom: in every list, in the files, and on their own page."""

import csv
import io

import pytest

from app.domain.channels import ChannelPlan
from app.extensions import db
from tests.factories import a_list, a_participant, a_sendout
from tests.reports.mixtures import a_row


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


@pytest.fixture
def twins(scene):
    """Ida, who gets it, and Max, who has her address."""
    ida = a_participant(scene.organisation, first_name="Ida", last_name="Kim", email_address="kims@example.net")
    max_ = a_participant(scene.organisation, first_name="Max", last_name="Kim", email_address="kims@example.net")
    a_row(scene.sendout, "delivered", person=ida)
    a_row(scene.sendout, "skipped:duplicate", person=max_, duplicate_of=ida.id)
    db.session.commit()
    return ida, max_


def told_of(ida):
    return f'Duplicate of <a href="/participants/{ida.id}"><bdi>Ida Kim</bdi></a>, who has the same address'


@pytest.mark.parametrize("path", ["{0}", "{0}/recipients", "{0}/recipients?status=skipped&reason=duplicate", "/reports/messages"])
def test_every_list_names_whose_duplicate_somebody_is(scene, twins, path):
    ida, _ = twins

    assert scene.organiser.get(path.format(scene.page)).text.count(told_of(ida)) == 1


def test_their_own_page_names_them_too(scene, twins):
    ida, max_ = twins

    assert told_of(ida) in scene.organiser.get(f"/participants/{max_.id}").text
    assert "Duplicate of" not in scene.organiser.get(f"/participants/{ida.id}").text


@pytest.mark.parametrize("path", ["{0}/recipients.csv", "/reports/messages.csv"])
def test_the_files_name_them(scene, twins, path):
    ida, _ = twins
    named = {row["Name"]: row["Reason"] for row in rows_of(scene.organiser.get(path.format(scene.page)))}
    ida.first_name, ida.last_name = "", ""
    db.session.commit()
    nameless = {row["Name"]: row["Reason"] for row in rows_of(scene.organiser.get(path.format(scene.page)))}

    assert named == {"Ida Kim": "", "Max Kim": "Duplicate of Ida Kim"}
    assert nameless["Max Kim"] == "Duplicate of kims@example.net"


def test_a_skip_for_another_reason_is_no_duplicate(scene):
    scene.given("skipped:duplicate", "skipped:no_address")

    reasons = {row["Reason"] for row in rows_of(scene.organiser.get(f"{scene.page}/recipients.csv"))}

    assert reasons == {"Duplicate of another person", "No address for this channel"}


def test_before_it_has_started_they_are_named_as_of_now(scene):
    people = [
        a_participant(scene.organisation, first_name=name, last_name="Kim", email_address="kims@example.net") for name in ("Ida", "Max")
    ]
    draft = a_sendout(scene.organisation, a_list(scene.organisation, *people), channel_plan=ChannelPlan.EMAIL, one_per_address=True)
    db.session.commit()

    page = scene.organiser.get(f"/sendouts/{draft.id}/recipients?status=skipped").text
    rows = rows_of(scene.organiser.get(f"/sendouts/{draft.id}/recipients.csv"))

    assert told_of(people[0]) in page
    assert {row["Name"]: row["Reason"] for row in rows} == {"Ida Kim": "", "Max Kim": "Duplicate of Ida Kim"}
