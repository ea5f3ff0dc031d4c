"""What did not arrive, by mailbox provider: counted over the failed alone, each line with its causes and its people."""

import csv
import io

import pytest

from app.domain.channels import Channel
from app.extensions import db
from app.messages.counts import counts_of
from app.reports.details import mailboxes
from app.reports.details.mailboxes import failed_by_provider
from tests.factories import an_organisation
from tests.reports.mixtures import a_row, a_running_sendout

FULL, NOBODY = "mailbox full", "no such user"


@pytest.fixture
def sendout(database):  # noqa: ARG001  it stands on it
    return a_running_sendout(an_organisation())


def given(sendout, *rows):
    for address, standing, words in rows:
        a_row(sendout, standing, address=address, error_words=words)
    db.session.commit()


def found(sendout):
    return failed_by_provider(sendout.id, counts_of([sendout.id])[sendout.id][Channel.EMAIL])


def test_domains_of_one_provider_are_one_line_and_the_worst_is_first(sendout):
    given(
        sendout,
        ("a@hotmail.com", "bounced", NOBODY),
        ("b@LIVE.com", "bounced", NOBODY),
        ("c@outlook.com", "soft_bounced", FULL),
        ("d@gmail.com", "complaint", None),
        ("e@riverside.example", "bounced", NOBODY),
        ("f@hotmail.com", "delivered", None),
    )

    by = found(sendout)

    assert [(row.key, row.name, row.people) for row in by.rows] == [
        ("outlook", "Outlook", 3),
        ("gmail", "Gmail", 1),
        ("riverside.example", "riverside.example", 1),
    ]
    assert set(by.rows[0].domains) == {"hotmail.com", "live.com", "outlook.com"}
    assert [(cause.status, cause.words, cause.people) for cause in by.rows[0].causes] == [("bounced", NOBODY, 2), ("soft_bounced", FULL, 1)]
    assert (by.others, by.looked_at, by.is_all) == (0, 5, True)


def test_the_lines_end_and_the_others_are_counted(sendout):
    given(sendout, *[(f"a@club{number}.example", "bounced", NOBODY) for number in range(14)])

    by = found(sendout)

    assert (len(by.rows), by.others, by.looked_at) == (12, 2, 14)


def test_of_very_many_only_so_many_are_looked_at(sendout, monkeypatch):
    monkeypatch.setattr(mailboxes, "LOOKED_AT", 3)
    given(sendout, *[("a@gmail.com", "bounced", NOBODY)] * 5)

    by = found(sendout)

    assert ([row.people for row in by.rows], by.is_all) == ([3], False)


def test_somebody_who_was_erased_has_no_mailbox(sendout):
    given(sendout, (None, "bounced", NOBODY))

    assert found(sendout).rows == ()


@pytest.mark.parametrize(
    ("provider", "addresses"),
    [
        ("outlook", {"a@hotmail.com", "b@LIVE.com"}),
        ("OUTLOOK", {"a@hotmail.com", "b@LIVE.com"}),
        ("riverside.example", {"c@riverside.example"}),
        ("gmail", set()),
        (".*", set()),
    ],
)
def test_each_line_opens_its_people(scene, provider, addresses):
    given(
        scene.sendout,
        ("a@hotmail.com", "bounced", NOBODY),
        ("b@LIVE.com", "soft_bounced", FULL),
        ("c@riverside.example", "bounced", NOBODY),
        ("d@hotmail.com", "delivered", None),
    )

    page = scene.organiser.get(f"{scene.page}/recipients?provider={provider}").text
    file = scene.organiser.get(f"{scene.page}/recipients.csv?provider={provider}").text

    rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"))))
    assert {row["Address"] for row in rows} == addresses
    assert {address for address in ("a@hotmail.com", "b@LIVE.com", "c@riverside.example", "d@hotmail.com") if address in page} == addresses


def test_the_people_of_a_provider_come_in_pages(scene):
    given(scene.sendout, *[(f"a{number}@gmail.com", "bounced", NOBODY) for number in range(51)])

    first = scene.organiser.get(f"{scene.page}/recipients?provider=gmail").text
    cursor = first.split("after=")[1].split('"')[0].split("&")[0]
    second = scene.organiser.get(f"{scene.page}/recipients?provider=gmail&after={cursor}").text

    assert (first.count('class="address"'), second.count('class="address"')) == (50, 1)
    assert "<h1>Did not arrive at Gmail by e-mail</h1>" in second


def test_the_page_tells_where_it_did_not_arrive(scene):
    given(scene.sendout, ("a@hotmail.com", "bounced", NOBODY))

    page = " ".join(scene.organiser.get(f"{scene.page}/findings/email").text.split())

    assert "Where they did not arrive" in page
    assert f'href="{scene.page}/recipients?channel=email&amp;provider=outlook"' in page
