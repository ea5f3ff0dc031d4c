"""An audience that is judged once for many questions."""

import pytest
from sqlalchemy import event

from app.domain.channels import ChannelPlan
from app.extensions import db
from app.sendouts.counting import counted, review_counts, shared_addresses
from app.sendouts.judgement import judged_once, judgement_of
from app.sendouts.reviewing.service import review
from tests.factories import a_participant
from tests.scenes import a_scene
from tests.sendouts.crowds import name
from tests.sendouts.drafts import a_club

pytestmark = pytest.mark.usefixtures("database")


def judgings(ask):
    """How often an audience is put together while something is asked."""
    asked = []

    def note(*arguments):
        asked.append("marks AS MATERIALIZED" in arguments[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        ask()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return sum(asked)


def test_review_judges_its_audience_once_and_once_more_for_the_other_answer_to_the_type():
    club = a_club(channel_plan=ChannelPlan.BOTH, subject="Hello {{ first_name }}", one_per_address=True)

    assert judgings(lambda: review(club.draft)) == 2


def test_one_judgement_says_what_each_question_would_find_by_itself():
    scene = a_scene(3, state="draft")
    twin = a_participant(scene.organisation, email_address=scene.people[0].email_address)
    name(scene, twin)
    db.session.commit()
    alone = (review_counts(scene.sendout), shared_addresses(scene.sendout), counted(judgement_of(scene.sendout).but(one_per_address=False)))

    with judged_once(scene.sendout), judged_once(scene.sendout):
        together = (
            review_counts(scene.sendout),
            shared_addresses(scene.sendout),
            counted(judgement_of(scene.sendout).but(one_per_address=False)),
        )

    assert together == alone
    assert judgement_of(scene.sendout).kept_in is None


def test_what_was_kept_ends_with_the_transaction():
    scene = a_scene(1, state="draft")
    judgement_of(scene.sendout).kept()
    left = "SELECT count(*) FROM pg_class WHERE relname LIKE 'judged!_%' ESCAPE '!' AND relpersistence = 't'"
    during = db.session.execute(db.text(left)).scalar_one()
    db.session.commit()

    assert (during, db.session.execute(db.text(left)).scalar_one()) == (1, 0)
