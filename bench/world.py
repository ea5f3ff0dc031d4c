"""The club that is measured: its people by COPY, its lists, its send-outs. Everything here runs in the application."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import select, text

from app.cli.sample import sample_organisation
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.models import ParticipantList, Sender, Sendout, SendoutList
from app.sendouts.running import Actor, launch
from bench.ground import NotMeasured
from bench.make_data import SUBJECT, Person, email_html, people

SMS_BODY = "Riverside: training moves to 18:30 on Thursday, {{ first_name }}. Bring boots for grass."
ODD_ONE_IN = 20  # of all people, one in so many is skipped for a reason
ODD_KINDS = 5  # no address, same address as the one before, bad address, unsubscribed, complained
TEXTS_A_SECOND = 100_000.0  # of the sender: nothing but our own speed and the provider's latency shall count
SAMPLE_PEOPLE = 5

_COPY = """COPY participants (organisation_id, first_name, last_name, email_address, phone_number, member_number, custom, is_bad_email)
           FROM STDIN"""
_ENTRIES = text("""
    INSERT INTO unsubscribe_entries (organisation_id, channel, address, reason, scope, source)
    SELECT organisation_id, 'email', lower(email_address), CASE kind WHEN 3 THEN 'unsubscribe' ELSE 'complaint' END,
           CASE kind WHEN 3 THEN 'marketing' ELSE 'all' END, 'import'
    FROM (SELECT organisation_id, email_address, (substr(member_number, 2)::int / :one_in) % :kinds AS kind FROM participants
          WHERE organisation_id = :organisation_id AND member_number LIKE 'B%'
            AND substr(member_number, 2)::int % :one_in = :one_in - 1) AS odd
    WHERE kind IN (3, 4)""")
_MEMBERS = text("""
    INSERT INTO list_memberships (organisation_id, list_id, participant_id)
    SELECT organisation_id, :list_id, id FROM participants
    WHERE organisation_id = :organisation_id AND member_number LIKE 'B%'
      AND (NOT :only_plain OR substr(member_number, 2)::int % :one_in <> :one_in - 1)
    ORDER BY id LIMIT :count""")


@dataclass(frozen=True, slots=True)
class Club:
    """Who sends."""

    id: int
    email_sender_id: int
    sms_sender_id: int


def found_club(count: int) -> Club:
    """A club with so many people; commits."""
    organisation = sample_organisation(SAMPLE_PEOPLE)
    db.session.flush()
    senders = {sender.channel: sender for sender in db.session.scalars(select(Sender).where(Sender.organisation_id == organisation.id))}
    senders[Channel.SMS].segments_per_second = TEXTS_A_SECOND
    club = Club(organisation.id, senders[Channel.EMAIL].id, senders[Channel.SMS].id)
    db.session.commit()
    _copy_people(club, count)
    db.session.execute(_ENTRIES, {"organisation_id": club.id, "one_in": ODD_ONE_IN, "kinds": ODD_KINDS})
    db.session.commit()
    vacuum()
    return club


def list_of(club: Club, count: int, *, only_plain: bool) -> int:
    """A list of the first so many people, all of them or only those who get a message; commits, and returns its id."""
    made = ParticipantList(organisation_id=club.id, name=f"{count} {'plain ' if only_plain else ''}people")
    found = db.session.scalar(select(ParticipantList.id).where(ParticipantList.name == made.name))
    if found is not None:
        return found
    db.session.add(made)
    db.session.flush()
    list_id = made.id
    asked = {"organisation_id": club.id, "list_id": list_id, "count": count, "only_plain": only_plain, "one_in": ODD_ONE_IN}
    if rows_changed(_MEMBERS, asked) < count:
        raise NotMeasured(f"the club has too few people for a list of {count}: ask for fewer recipients, or for more people")
    db.session.commit()
    return list_id


def compose(club: Club, list_id: int, channel: Channel) -> int:
    """A draft to a list: the newsletter as marketing, or a text that concerns everybody; commits, and returns its id."""
    is_email = channel is Channel.EMAIL
    sendout = Sendout(
        organisation_id=club.id,
        title="Bench",
        communication_type=CommunicationType.MARKETING if is_email else CommunicationType.NON_MARKETING,
        channel_plan=ChannelPlan(channel),
        email_sender_id=club.email_sender_id,
        sms_sender_id=club.sms_sender_id,
        subject=SUBJECT,
        html=email_html(),
        sms_body=SMS_BODY,
        first_part_passed_at=now(),  # what is measured is not held back for news that the sink never gives
    )
    db.session.add(sendout)
    db.session.flush()
    db.session.add(SendoutList(organisation_id=club.id, sendout_id=sendout.id, list_id=list_id))
    sendout_id = sendout.id
    db.session.commit()
    return sendout_id


def start(club: Club, sendout_id: int) -> None:
    """Press Send, without the seconds for undoing; commits."""
    launch(sendout_id, Actor(club.id, None), undo_seconds=0)
    db.session.commit()


def vacuum() -> None:
    """Leave the tables as a night does, so that no run pays for what the one before it left behind."""
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM (ANALYZE)"))
        connection.execute(text("CHECKPOINT"))


def scalar(statement: str, **parameters: object) -> Any:
    """One value, seen now; nothing is left open."""
    value = db.session.execute(text(statement), parameters).scalar()
    db.session.rollback()
    return value


def rows(statement: str, **parameters: object) -> Sequence[Any]:
    """Rows, seen now; nothing is left open."""
    found = db.session.execute(text(statement), parameters).all()
    db.session.rollback()
    return found


def statuses(sendout_id: int) -> dict[str, int]:
    """How many messages of a send-out stand at each status, by the rows themselves."""
    found = rows("SELECT status, count(*) FROM messages WHERE sendout_id = :id GROUP BY 1", id=sendout_id)
    return dict(tuple(row) for row in found)


def _copy_people(club: Club, count: int) -> None:
    connection = db.engine.raw_connection()
    try:
        with connection.cursor() as cursor, cursor.copy(_COPY) as copy:  # type: ignore[attr-defined]
            for row in _people_rows(club.id, count):
                copy.write_row(row)
        connection.commit()
    finally:
        connection.close()


def _people_rows(organisation_id: int, count: int) -> Iterator[tuple[object, ...]]:
    before: Person | None = None
    for number, person in enumerate(people(count)):
        odd = number // ODD_ONE_IN % ODD_KINDS if number % ODD_ONE_IN == ODD_ONE_IN - 1 else None
        address = None if odd == 0 else before.email if odd == 1 and before else person.email
        custom = Jsonb({"city": person.city, "plan": person.plan, "age": person.age, "ref": person.ref})
        named = (organisation_id, person.first_name, person.last_name, address, person.mobile)
        yield *named, f"B{number:07d}", custom, odd == 2  # noqa: PLR2004  a kind, see above
        before = person
