"""Lines that hold a child and the parents: who becomes a person, about whom, and what is told."""

import pytest

from app.extensions import db
from app.lib.errors import Invalid
from app.models import CustomFieldKind, ImportChange, Participant
from app.participants.imports.columns import Guess, Mapping, checked_mapping
from app.participants.imports.families import guessed_family
from app.participants.imports.service import Start, failed_rows, forecast, start, undo
from tests.factories import a_list, a_participant, an_organisation
from tests.participants.imports import an_upload, everybody, imported, outcomes, reasons, run_to_end

PARENTS = "First name,Last name,E-mail,Parent 1 name,Parent 1 e-mail,Parent 1 mobile,Parent 2 name,Parent 2 e-mail\n"


def people(club) -> list[tuple[str, str | None, list[str]]]:
    return [(f"{each.first_name} {each.last_name}".strip(), each.email_address, each.about) for each in everybody(club)]


@pytest.mark.parametrize(
    ("columns", "targets"),
    [
        (
            ("Child first name", "Child last name", "Parent 1 First Name", "Parent 1 Email", "Parent2 mobile"),
            ("first_name", "last_name", "parent1:first_name", "parent1:email_address", "parent2:phone_number"),
        ),
        (
            ("Kind", "E-Mail Mutter", "Handynummer des Vaters", "Vorname Mutter"),
            ("full_name", "parent1:email_address", "parent2:phone_number", "parent1:first_name"),
        ),
        (
            ("Prénom de l'enfant", "Nom de famille", "Mère", "Courriel mère", "Père", "Téléphone père"),
            ("first_name", "last_name", "parent1:full_name", "parent1:email_address", "parent2:full_name", "parent2:phone_number"),
        ),
        (
            ("Nombre", "Apellidos", "Correo de la madre", "Móvil del padre"),
            ("first_name", "last_name", "parent1:email_address", "parent2:phone_number"),
        ),
        (
            ("Child 1", "Child 2", "Parent name", "Parent e-mail", "Parent 2 name", "Parent 2 e-mail"),
            ("about", "about", "parent1:full_name", "parent1:email_address", "parent2:full_name", "parent2:email_address"),
        ),
    ],
    ids=["english", "german", "french", "spanish", "two children"],
)
def test_columns_that_name_a_parent_belong_to_that_parent(columns, targets):
    assert guessed_family(Guess(columns, (), {}, has_header=True)).targets == targets


def test_columns_of_one_unnumbered_parent_are_the_participants_as_ever():
    mapping = guessed_family(Guess(("Parent name", "Parent email", "Child"), (), {}, has_header=True))

    assert mapping.targets == ("full_name", "email_address", "about")


def test_a_parent_without_a_column_for_an_address_is_refused_by_number():
    mapping = Mapping(("Name", "Mail", "Father"), ("full_name", "email_address", "parent2:full_name"))

    with pytest.raises(Invalid, match="of parent 2"):
        checked_mapping(mapping, [])


@pytest.mark.usefixtures("database")
class TestImportingFamilies:
    def test_a_line_makes_the_parents_about_the_child_and_the_child_only_with_an_own_address(self):
        club = an_organisation()

        job = imported(
            club,
            PARENTS
            + "Mia,Meyer,,Anna Meyer,anna@example.org,+12015550101,Ben Schmidt,ben@example.org\n"
            + "Ida,Ito,ida@example.org,Kei Ito,kei@example.org,,,\n",
        )

        assert people(club) == [
            ("Anna Meyer", "anna@example.org", ["Mia"]),
            ("Ben Schmidt", "ben@example.org", ["Mia Meyer"]),
            ("Kei Ito", "kei@example.org", ["Ida"]),
            ("Ida Ito", "ida@example.org", []),
        ]
        assert (job.new_count, job.done_count, job.row_count) == (4, 2, 2)

    def test_the_same_parents_on_two_lines_are_one_person_each_about_both_children(self):
        club = an_organisation()
        line = "{},Meyer,,Anna Meyer,anna@example.org,,Ben Meyer,ben@example.org\n"

        job = imported(club, PARENTS + line.format("Mia") + line.format("Tom"))

        assert people(club) == [("Anna Meyer", "anna@example.org", ["Mia", "Tom"]), ("Ben Meyer", "ben@example.org", ["Mia", "Tom"])]
        assert outcomes(job) == ["new", "new", "merged", "merged"]
        assert "One person with line 2, written to about Mia and Tom." in reasons(job)

    def test_parents_who_share_an_address_stay_two_people_also_when_imported_again(self):
        club = an_organisation()
        file = PARENTS + "Mia,Meyer,,Anna Meyer,home@example.org,,Ben Meyer,home@example.org\n"

        imported(club, file)
        again = imported(club, file)

        assert people(club) == [("Anna Meyer", "home@example.org", ["Mia"]), ("Ben Meyer", "home@example.org", ["Mia"])]
        assert outcomes(again) == ["same", "same"]

    def test_an_address_that_child_and_parent_share_is_the_parents(self):
        club = an_organisation()

        imported(club, PARENTS + "Mia,Meyer,Anna@Example.org,Anna Meyer,anna@example.org,,,\n")

        assert people(club) == [("Anna Meyer", "anna@example.org", ["Mia"])]

    def test_a_child_who_is_known_already_is_brought_up_to_date(self):
        club = an_organisation()
        child = a_participant(club, first_name="Mia", last_name="Old", email_address=None, phone_number=None, member_number="7")

        imported(club, "Member number,First name,Last name,Mother,Mother e-mail\n7,Mia,Meyer,Anna Meyer,anna@example.org\n")

        assert (child.first_name, child.last_name) == ("Mia", "Meyer")
        assert people(club)[1] == ("Anna Meyer", "anna@example.org", ["Mia"])

    def test_what_the_line_says_of_neither_alone_holds_for_both(self):
        club = an_organisation()
        job = an_upload(club, "First name,E-mail,Sprache,Team,Mother,Mother e-mail\nMia,mia@example.org,de,U12,Anna,anna@example.org\n")
        job.mapping = job.mapping | {
            "targets": ["first_name", "email_address", "language", f"new:{CustomFieldKind.TEXT}", *job.mapping["targets"][4:]]
        }

        start(job, Start())
        run_to_end(job)

        assert [(each.language, each.custom) for each in everybody(club)] == [("de", {"team": "U12"})] * 2

    def test_what_is_wrong_with_anybody_of_a_line_is_told_in_its_one_row(self):
        club = an_organisation()

        mia = "Mia,Meyer,mia@,Anna Meyer,anna@example.org,12,Ben Meyer,ben@\n"
        job = imported(club, PARENTS + mia + "Tom,Toth,,Eva Toth,eva@example.org,,Otto Toth,\n")

        rows = list(failed_rows(job))
        assert len(rows) == 2
        assert "Parent 1: Number “12” left out" in rows[1][-1]
        assert "Parent 2: E-mail “ben@” left out" in rows[1][-1]
        assert "E-mail “mia@” left out" in rows[1][-1]
        assert any("Parent 2, Otto Toth, has no address and is left out." in (each or "") for each in reasons(job))
        assert [name for name, _, _ in people(club)] == ["Anna Meyer", "Eva Toth"]

    def test_the_dry_run_counts_lines_and_names_the_parents(self):
        club = an_organisation()
        a_participant(club, first_name="Anna", last_name="Meyer", email_address="anna@example.org")
        job = an_upload(club, PARENTS + "Mia,Meyer,,Anna Meyer,anna@example.org,,Ben Meyer,ben@example.org\n")

        look = forecast(job)

        assert (look.line_count, look.usable_count, look.parent_count) == (1, 1, 2)
        assert look.counts == {"updated": 1, "new": 1}
        told = [(step.known.name, step.known.about) for step in look.parents if step.known]
        assert told == [("Anna Meyer", ["Mia"]), ("Ben Meyer", ["Mia"])]

    def test_undoing_takes_the_whole_family_back(self):
        club = an_organisation()
        listed = a_list(club)
        job = imported(club, PARENTS + "Mia,Meyer,mia@example.org,Anna Meyer,anna@example.org,,Ben Meyer,ben@example.org\n", listed)
        assert db.session.query(ImportChange).count() == 3

        assert job.created_by is not None
        undo(job, job.created_by)

        assert db.session.query(Participant).count() == 0
