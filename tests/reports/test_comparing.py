"""Send-outs side by side: the right shares of the right bases, of nobody else's send-outs, and no share where nobody can know."""

import pytest

from app.domain.channels import Channel
from app.domain.roles import Role
from app.extensions import db
from app.lib.clock import now
from app.reports.comparing.queries import Share, compared
from tests import factories
from tests.browser import Browser
from tests.reports.mixtures import a_row, a_running_sendout

PAGE = "/reports/compare"
pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    return factories.an_organisation(is_tracking=True)


@pytest.fixture
def viewer(app, club):
    user = factories.a_member(club, Role.VIEWER)
    db.session.commit()
    return Browser(app, user)


def a_sent_one(club, title, *standings, **values):
    sendout = a_running_sendout(club, title=title, **({"launched_at": now()} | values))
    for standing in standings:
        a_row(sendout, standing)
    db.session.commit()
    return sendout


def shares_of(line):
    names = ("delivered", "opened", "clicked", "answered", "failed", "opted_out")
    return {name: (getattr(line, name).part, getattr(line, name).whole) for name in names}


def test_each_share_names_its_base(club):
    got = ("delivered", "opened", "opened", "clicked", "responded", "unsubscribed")
    sendout = a_sent_one(club, "Camp", *got, "sent", "bounced", "skipped:duplicate")

    (line,) = compared(club.id, [sendout.id], Channel.EMAIL)

    assert (line.audience, line.sent) == (9, 8)
    assert shares_of(line) == {
        "delivered": (6, 8),
        "opened": (4, 6),
        "clicked": (1, 6),
        "answered": (1, 6),
        "failed": (1, 9),
        "opted_out": (1, 6),
    }


def test_what_is_not_tracked_has_no_share_of_openings(club):
    sendout = a_sent_one(club, "Quiet", "delivered", "delivered", is_tracking=False)

    (line,) = compared(club.id, [sendout.id], Channel.EMAIL)

    assert (line.opened.part, line.clicked.part) == (None, None)
    assert line.opened.rate < 0


def test_the_best_of_each_column_is_marked_and_nothing_where_all_are_nought(club):
    weak, strong = a_sent_one(club, "Weak", "delivered", "opened"), a_sent_one(club, "Strong", "opened", "opened")

    by_id = {line.sendout.id: line for line in compared(club.id, [weak.id, strong.id], Channel.EMAIL)}

    assert (by_id[strong.id].opened.is_best, by_id[weak.id].opened.is_best) == (True, False)
    assert not any(line.clicked.is_best for line in by_id.values())


def test_one_alone_is_the_best_of_nothing(club):
    sendout = a_sent_one(club, "Alone", "opened")

    assert not compared(club.id, [sendout.id], None)[0].opened.is_best


def test_a_share_of_nobody_is_less_than_none():
    assert Share(0, 0).rate < Share(0, 4).rate


def test_the_page_shows_the_last_ones_until_it_is_told_which(club, viewer):
    first, second = a_sent_one(club, "Camp <i>one</i>", "opened"), a_sent_one(club, "Camp two", "delivered")

    usual, chosen = viewer.get(PAGE), viewer.get(f"{PAGE}?sendout={first.id}&sendout=x&sendout={first.id}&sendout=")

    assert "Camp &lt;i&gt;one&lt;/i&gt;</bdi>" in usual.text
    assert "Camp two</bdi>" in usual.text
    assert "Camp two</bdi>" not in chosen.text
    assert f'<option value="{second.id}"' in chosen.text


def test_drafts_and_other_peoples_are_not_compared(club, viewer):
    draft = factories.a_sendout(club, title="Only a draft")
    theirs = a_sent_one(factories.an_organisation(), "Only theirs", "opened")
    db.session.commit()

    page = viewer.get(f"{PAGE}?sendout={draft.id}&sendout={theirs.id}")

    assert page.status_code == 200
    assert "None of these can be compared" in page.text
    assert "Only a draft" not in page.text
    assert "Only theirs" not in page.text


def test_without_any_send_out_it_says_so(viewer):
    assert "Nothing to compare yet" in viewer.get(PAGE).text


def test_no_more_than_fit_are_shown_and_one_can_be_left_out(club, viewer):
    made = [a_sent_one(club, f"Round {number}", "delivered") for number in range(14)]

    page = viewer.get(PAGE + "?" + "&".join(f"sendout={each.id}" for each in made))

    assert page.text.count('aria-label="Leave out') == 12
    assert "leave one out to add another" in page.text
