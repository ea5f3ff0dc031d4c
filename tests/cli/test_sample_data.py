from flask import Flask
from sqlalchemy import func, select, text

from app.cli.sample import EMAIL
from app.extensions import db
from app.models import Membership, Participant, User
from tests import factories


def test_sample_data_makes_a_club_once_and_says_how_to_sign_in(app: Flask) -> None:
    runner = app.test_cli_runner()

    first = runner.invoke(args=["sample-data", "--people", "25"])
    second = runner.invoke(args=["sample-data", "--people", "25"])

    assert first.exit_code == second.exit_code == 0
    assert first.output == second.output
    assert EMAIL in first.output
    assert db.session.scalar(select(func.count()).select_from(Participant)) == 25
    owner = db.session.scalars(select(User)).one()
    assert db.session.scalars(select(Membership.role).where(Membership.user_id == owner.id)).one() == "owner"


def test_recount_finds_nothing_to_say_where_the_triggers_counted(app: Flask) -> None:
    club = factories.an_organisation()
    sendout = factories.a_sendout(club)
    factories.a_message(sendout, factories.a_participant(club))
    db.session.commit()

    result = app.test_cli_runner().invoke(args=["recount"])

    assert result.exit_code == 0
    assert "Every count equals its rows." in result.output


def test_recount_names_a_difference_and_fails(app: Flask) -> None:
    club = factories.an_organisation()
    sendout = factories.a_sendout(club)
    message = factories.a_message(sendout, factories.a_participant(club))
    db.session.execute(text("ALTER TABLE messages DISABLE TRIGGER count_updates"))
    message.status = "sent"
    db.session.commit()
    db.session.execute(text("ALTER TABLE messages ENABLE TRIGGER count_updates"))
    db.session.commit()

    result = app.test_cli_runner().invoke(args=["recount"])

    assert result.exit_code == 1
    assert f"send-out {sendout.id}, email, shown:sent: +1 rows more than counted" in result.output
