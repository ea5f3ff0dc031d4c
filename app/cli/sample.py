"""`flask sample-data`: a club with people whose addresses the simulator knows, so that every status can be seen."""

import hmac
from collections.abc import Iterator

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_security.utils import hash_password
from sqlalchemy import insert, select

from app.domain.channels import Channel
from app.domain.roles import Role
from app.domain.senders import SenderKind
from app.domain.suppression import SuppressionReason
from app.extensions import db
from app.lib.clock import now
from app.models import ListMembership, Membership, Organisation, Participant, ParticipantList, Sender, TextConsent, User
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.service import suppress

EMAIL = "alice@riverside.example"
LIST_NAME = "Spring camp families"
FIRST = ("Ava", "Liam", "Noah", "Emma", "Olivia", "Mia", "Lucas", "Ethan", "Zoe", "Ivan", "Nora", "Hugo", "Iris", "Omar", "Lena", "Priya")
LAST = ("Smith", "Jones", "Garcia", "Kim", "Patel", "Rossi", "Novak", "Silva", "Khan", "Müller", "Dubois", "Ito", "Cohen", "Lopez")
CHILDREN = ("Tom", "Ella", "Max", "Ruby", "Finn", "Lily", "Oscar", "Maya", "Leo", "Isla")

# Local parts and last four digits that simulator/behaviour.py acts on; everybody else reads nothing and answers nothing.
EMAIL_KINDS = (
    ["opens"] * 60 + ["clicks"] * 24 + ["human"] * 6 + ["gmail"] * 8 + ["machineopen"] * 14 + ["scanner"] * 4 + ["sent"] * 6
    + ["bounce"] * 5 + ["late-bounce"] * 2 + ["complaint"] * 2 + ["suppressed"] * 2 + ["badmail"] * 2 + ["invalid"] * 2
    + ["rejected"] * 2 + ["delayed"] * 3 + ["delayed-then-ok"] * 3 + ["full"] * 4 + ["ooo"] * 3 + ["unsub"] * 4
)  # fmt: skip
NUMBER_KINDS = (
    "0001",
    "0002",
    "0003",
    "0005",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0025",
    "0026",
    "0029",
)
AREA_CODES = ("201", "202", "212", "213", "301", "302", "303", "312", "401", "404", "415", "503", "504", "512", "602", "617")
FIRST_KIND = 20  # the people before it are skipped for one reason or another
FIRST_NUMBER_KIND = 200
WITHOUT_EMAIL = (10, 11)
WITHOUT_NUMBER = (5, 6, 7)
SAME_ADDRESS = {13: 12}
WITHOUT_CONSENT = range(30, 50)
SUPPRESSED = {
    1: SuppressionReason.UNSUBSCRIBE,
    2: SuppressionReason.COMPLAINT,
    3: SuppressionReason.BOUNCE,
    4: SuppressionReason.BAD_EMAIL,
}


@click.command("sample-data")
@click.option("--people", default=330, show_default=True, help="How many participants there should be.")
@with_appcontext
def sample_data(people: int) -> None:
    """Make a sample club with participants, senders and an owner; changes nothing when it is there. Prints the sign-in."""
    organisation = db.session.scalars(select(Organisation).where(Organisation.name == "Riverside Football Club")).one_or_none()
    if organisation is None:
        organisation = sample_organisation(people)
        db.session.commit()
    click.echo(f"Sign in as {EMAIL} with the password {sample_password()}")


def sample_password() -> str:
    """The sample owner's password: the same on every start of one installation, and no other's."""
    digest = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), b"sample password", "sha256").hex()
    return f"{digest[:4]}-{digest[4:8]}-{digest[8:12]}"


def sample_organisation(people: int) -> Organisation:
    """The club, its senders, its owner, and its people on one list; the caller commits."""
    club = Organisation(
        name="Riverside Football Club",
        short_name="Riverside",
        postal_address="Mill Lane 4\nRiverside RV1 2AB",
        country="US",
        time_zone="America/New_York",
    )
    db.session.add(club)
    db.session.flush()
    _add_owner(club)
    db.session.add_all(
        [
            Sender(
                organisation_id=club.id,
                channel=Channel.EMAIL,
                kind=SenderKind.EMAIL_ADDRESS,
                address="news@riverside.example",
                display_name=club.name,
            ),
            Sender(organisation_id=club.id, channel=Channel.SMS, kind=SenderKind.NUMBER, address="+15005550006", segments_per_second=100),
        ]
    )
    _add_people(club, people)
    return club


def _add_owner(club: Organisation) -> None:
    owner = User(
        name="Alice Owner", email=EMAIL, password=hash_password(sample_password()), fs_uniquifier=EMAIL, active=True, confirmed_at=now()
    )
    db.session.add(owner)
    db.session.flush()
    db.session.add(Membership(organisation_id=club.id, user_id=owner.id, role=Role.OWNER))


def _add_people(club: Organisation, people: int) -> None:
    families = ParticipantList(organisation_id=club.id, name=LIST_NAME)
    excluded = ParticipantList(organisation_id=club.id, name="Already told by phone")
    db.session.add_all([families, excluded])
    db.session.flush()
    ids = list(
        db.session.scalars(insert(Participant).returning(Participant.id, sort_by_parameter_order=True), list(_people(club.id, people)))
    )
    on_lists = [{"organisation_id": club.id, "list_id": families.id, "participant_id": each} for each in ids]
    on_lists += [{"organisation_id": club.id, "list_id": excluded.id, "participant_id": each} for each in ids[-3:]]
    db.session.execute(insert(ListMembership), on_lists)
    consents = [
        {"organisation_id": club.id, "participant_id": each, "given_at": now(), "proof": "Ticked on the 2026 enrolment form"}
        for number, each in enumerate(ids)
        if number not in WITHOUT_CONSENT
    ]
    db.session.execute(insert(TextConsent), consents)
    suppress([_entry(club.id, number, reason) for number, reason in SUPPRESSED.items()])


def _people(organisation_id: int, people: int) -> Iterator[dict[str, object]]:
    kinds = dict(enumerate(EMAIL_KINDS, FIRST_KIND))
    endings = dict(enumerate(NUMBER_KINDS, FIRST_NUMBER_KIND))
    for number in range(people):
        email = f"{kinds.get(number, 'family')}{SAME_ADDRESS.get(number, number)}@families.example"
        phone = f"+1{AREA_CODES[number % len(AREA_CODES)]}555{endings.get(number, str(1000 + number))}"
        yield {
            "organisation_id": organisation_id,
            "first_name": FIRST[number % len(FIRST)],
            "last_name": LAST[number * 7 % len(LAST)],
            "email_address": None if number in WITHOUT_EMAIL else email,
            "phone_number": None if number in WITHOUT_NUMBER else phone,
            "member_number": f"R{number:05d}",
            "about": [CHILDREN[number % len(CHILDREN)]],
            "custom": {"team": ["Under 9", "Under 11", "Under 13"][number % 3]},
        }


def _entry(organisation_id: int, number: int, reason: SuppressionReason) -> NewEntry:
    return NewEntry(
        organisation_id=organisation_id,
        channel=Channel.EMAIL,
        address=f"family{number}@families.example",
        reason=reason,
        source=EntrySource.IMPORT,
        proof={"words": "From the club's old list"},
    )
