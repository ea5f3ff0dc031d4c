from typing import Any

import pytest
from sqlalchemy import select, text

from app.extensions import db
from app.models import AuditEntry, ImportChange, ListMembership, Participant, ParticipantImport, ParticipantList
from app.participants.queries import Wanted, people_count, people_page
from app.participants.search import ever_said_of, is_said_of
from app.sendouts.composing.queries import people_matching
from app.unsubscribes.queries import ListFilter, listed_page
from tests.factories import a_participant, an_entry, an_organisation, saved

PEOPLE: dict[str, dict[str, Any]] = {
    "Ida": {"first_name": "Ida", "last_name": "O'Brien-Kim", "email_address": "Ida.Kim@example.org", "phone_number": "+447700900123"},
    "Émile": {"first_name": "Émile", "last_name": "100%_Sure", "email_address": None, "phone_number": None},
    "Lin": {"first_name": "Lin", "last_name": "", "email_address": "back\\slash@example.org", "member_number": "M-77"},
}


@pytest.fixture
def club():
    organisation = an_organisation()
    for values in PEOPLE.values():
        a_participant(organisation, **values)
    a_participant(an_organisation(), first_name="Ida", last_name="Kim")
    db.session.commit()
    return organisation


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("brien", {"Ida"}),
        ("BRIEN ida", {"Ida"}),
        ("kim@exa", {"Ida"}),
        ("07700 900123", {"Ida"}),
        ("900123", {"Ida"}),
        ("éMIL", {"Émile"}),
        ("%_s", {"Émile"}),
        ("%%%", set()),
        ("back\\sl", {"Lin"}),
        ("m-77", set()),
        ("M-77", {"Lin"}),
        ("li", {"Lin"}),
        ("i", {"Ida"}),
        ("in", set()),
        ("100", {"Émile"}),
        ("ida brien nobody", set()),
    ],
)
def test_people_are_found_by_parts_of_what_is_known_of_them(club, search, names):
    found = people_page(Wanted(club.id, search)).rows

    assert {person.first_name for person in found} == names


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("words", "names"), [("kim ida", {"Ida"}), ("+4477", {"Ida"}), ("sure", {"Émile"}), ("slash lin", {"Lin"}), ("zzz", set())]
)
def test_the_composer_finds_the_same_people(club, words, names):
    assert {person.name.split()[0] for person in people_matching(club.id, words)} == names


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("search", "reasons"), [("IDA o'br", {"manual"}), ("kim@example", {"manual"}), ("7700 900", {"stop"}), ("nobody", set())]
)
def test_entries_are_found_by_address_number_or_name(club, search, reasons):
    an_entry(club, address="ida.kim@example.org", reason="manual")
    an_entry(club, channel="sms", address="+447700900123" if "7700" in search else "+447700900999", reason="stop")
    db.session.commit()

    assert {entry.reason for entry in listed_page(club.id, ListFilter(search=search))} == reasons


@pytest.mark.usefixtures("database")
def test_the_index_serves_what_is_asked():
    db.session.execute(text("SET LOCAL enable_seqscan = off"))
    asked = select(Participant.id).where(is_said_of("brien")).compile(db.engine, compile_kwargs={"literal_binds": True})

    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {asked}".replace("%%", "%").replace(":", "\\:"))))

    assert "ix_participants_searched" in plan


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("words", "is_found"), [("typo@exmaple", True), ("ida@example", True), ("sent@exa", True), ("brien", False)])
def test_whoever_had_an_address_before_is_found_by_it(words, is_found):
    organisation = an_organisation()
    person = a_participant(organisation, email_address="ida@example.org")
    corrected = {"was": "typo@exmaple.org", "became": "ida@example.org"}
    about = {"organisation_id": organisation.id, "object_kind": "participant", "object_id": person.id}
    saved(AuditEntry(**about, action="address corrected", detail=corrected))
    job = saved(ParticipantImport(organisation_id=organisation.id, file_name="people.csv", content=b""))
    change = {"outcome": "updated", "participant_id": person.id, "changes": {"email_address": ["sent@example.org", "typo@exmaple.org"]}}
    saved(ImportChange(organisation_id=organisation.id, import_id=job.id, line=2, **change))

    found = set(db.session.scalars(ever_said_of(organisation.id, words)))

    assert found == ({person.id} if is_found else set())


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(("search", "is_on_list"), [("", False), ("kim", False), ("", True), ("kim", True)])
def test_people_come_by_name_in_pages_however_they_were_asked_for(search, is_on_list):
    organisation = an_organisation()
    listed = saved(ParticipantList(organisation_id=organisation.id, name="Families"))
    for number, last in enumerate(["Kim", "kim", "Kimberly", "Akimoto", "Smith"] * 3):
        person = a_participant(organisation, first_name=f"P{number % 4}", last_name=last)
        if last != "Akimoto":
            saved(ListMembership(organisation_id=organisation.id, list_id=listed.id, participant_id=person.id))
    wanted = Wanted(organisation.id, search, listed.id if is_on_list else None)

    seen, after = [], None
    while (page := people_page(wanted, after, size=4)).rows:
        seen += [(person.last_name.lower(), person.first_name.lower(), person.id) for person in page.rows]
        if (after := page.next_cursor) is None:
            break

    assert seen == sorted(seen)
    assert len(set(seen)) == len(seen) == people_count(wanted) == 15 - (3 if search else 0) - (3 if is_on_list else 0)
