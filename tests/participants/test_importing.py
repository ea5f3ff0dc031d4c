"""Importing: matching, families, and what is never taken from a file."""

import pytest
from sqlalchemy import func, select

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib import clock
from app.lib.errors import Invalid
from app.models import (
    AuditEntry,
    ImportChange,
    Participant,
    ParticipantImport,
    ParticipantList,
    TextConsent,
    UnsubscribeEntry,
)
from app.participants.imports.queries import ADDRESS_CORRECTED
from app.participants.imports.service import (
    Source,
    Start,
    choose_header,
    choose_mapping,
    forecast,
    start,
    upload,
)
from tests.factories import a_field, a_list, a_member, a_participant, an_organisation, saved
from tests.participants.imports import HEADER, an_upload, everybody, imported, members_of, outcomes, reasons, run_to_end

pytestmark = pytest.mark.usefixtures("database")


def an_entry(organisation, address, reason=SuppressionReason.BOUNCE, channel=Channel.EMAIL):
    return saved(
        UnsubscribeEntry(
            organisation_id=organisation.id, channel=channel, address=address, reason=reason, scope=SuppressionScope.ALL, source="callback"
        )
    )


def test_new_updated_same_and_failed_lines_are_told_apart():
    club = an_organisation()
    a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org", phone_number=None)
    a_participant(club, first_name="Bo", last_name="Berg", email_address="bo@example.org", phone_number=None)

    job = imported(
        club, HEADER + "Ada,Lovelace,ADA@example.org,\nBo,Berg,bo@example.org,\nCy,Cole,cy@example.org,+12015550199\n,,nonsense,\n"
    )

    assert outcomes(job) == ["updated", "same", "new", "failed"]
    assert [person.last_name for person in everybody(club)] == ["Lovelace", "Berg", "Cole"]
    assert (job.new_count, job.updated_count, job.same_count, job.failed_count, job.row_count) == (1, 1, 1, 1, 4)
    assert reasons(job)[3] == (
        "E-mail “nonsense” left out: This is not an e-mail address: it has no @. One looks like ada@example.org."
        " There is no name and no usable address."
    )


def test_a_bad_address_does_not_cost_the_person_the_other_channel():
    club = an_organisation()

    job = imported(club, HEADER + "Ada,Byron,ada@,+12015550199\nBo,Berg,,12\n")

    ada, bo = everybody(club)
    assert (ada.email_address, ada.phone_number) == (None, "+12015550199")
    assert (bo.first_name, bo.phone_number) == ("Bo", None)
    assert [row.row for row in db.session.scalars(select(ImportChange).order_by(ImportChange.line)) if row.row] == [
        ["Ada", "Byron", "ada@", "+12015550199"],
        ["Bo", "Berg", "", "12"],
    ]
    assert outcomes(job) == ["new", "new"]


def test_blank_cells_change_nothing():
    club = an_organisation()
    person = a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org", phone_number="+12015550199")

    job = imported(club, HEADER + ",,ada@example.org,\n")

    assert outcomes(job) == ["same"]
    assert everybody(club)[0].phone_number == person.phone_number


def test_people_are_known_by_member_number_before_e_mail():
    club = an_organisation()
    ada = a_participant(club, first_name="Ada", email_address="old@example.org", member_number="7")
    bo = a_participant(club, first_name="Bo", email_address="shared@example.org", member_number="8")

    job = imported(club, "Member number,First name,E-mail\n7,Ada,shared@example.org\n8.0,Bo,shared@example.org\n9,Cy,shared@example.org\n")

    assert outcomes(job) == ["updated", "same", "new"]
    people = everybody(club)
    assert [(person.id, person.member_number) for person in people[:2]] == [(ada.id, "7"), (bo.id, "8")]
    assert {person.email_address for person in people} == {"shared@example.org"}


def test_a_member_number_is_given_to_whom_the_e_mail_finds_without_one():
    club = an_organisation()
    a_participant(club, first_name="Ada", email_address="ada@example.org")

    job = imported(club, "Member number,E-mail\n7,ada@example.org\n")

    assert outcomes(job) == ["updated"]
    assert everybody(club)[0].member_number == "7"


def test_people_are_known_by_number_where_the_e_mail_is_new():
    club = an_organisation()
    a_participant(club, first_name="Ada", last_name="Byron", email_address="old@example.org", phone_number="+12015550199")

    job = imported(club, HEADER + "Ada,Byron,new@example.org,+12015550199\n")

    assert outcomes(job) == ["updated"]
    assert [person.email_address for person in everybody(club)] == ["new@example.org"]


def test_another_name_with_another_address_at_a_shared_number_is_another_person():
    club = an_organisation()
    a_participant(club, first_name="Ada", last_name="Byron", email_address="ada@example.org", phone_number="+12015550199")

    job = imported(club, HEADER + "Ben,Byron,ben@example.org,+12015550199\n")

    assert outcomes(job) == ["new"]
    assert len(everybody(club)) == 2


def test_a_person_without_an_address_is_known_by_name_once_the_line_is_corrected():
    club = an_organisation()
    imported(club, HEADER + "Bo,Berg,bo@,\nBo,Bauer,,\n")

    job = imported(club, HEADER + "bo,berg,bo@example.org,\nBo,Brandt,brandt@example.org,\n")

    assert outcomes(job) == ["updated", "new"]
    assert [person.email_address for person in everybody(club)] == ["bo@example.org", None, "brandt@example.org"]


def test_children_at_one_address_become_one_person_about_both():
    club = an_organisation()

    job = imported(club, HEADER + "Mia,Meyer,family@example.org,\nTom,Meyer,Family@Example.org,\nIda,Schulz,family@example.org,\n")

    (person,) = everybody(club)
    assert (person.first_name, person.about) == ("Mia", ["Mia", "Tom", "Ida Schulz"])
    assert outcomes(job) == ["new", "merged", "merged"]
    assert reasons(job)[1] == "One person with line 2, written to about Mia and Tom."


def test_a_column_of_children_is_gathered_on_the_parent():
    club = an_organisation()

    job = imported(
        club, "Name,E-mail,Child\nAnna Meyer,anna@example.org,Mia\nAnna Meyer,anna@example.org,Tom\nAnna Meyer,anna@example.org,Mia\n"
    )

    (person,) = everybody(club)
    assert (person.first_name, person.last_name, person.about) == ("Anna", "Meyer", ["Mia", "Tom"])
    assert outcomes(job) == ["new", "merged", "merged"]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "Mia,Meyer,family@example.org,\nTom,Meyer,family@example.org,\n",
        "Name,E-mail,Child\nAnna Meyer,anna@example.org,Mia\nAnna Meyer,anna@example.org,Tom\n",
        HEADER + "Anna,Meyer,both@example.org,+12015550111\nBen,Meyer,both@example.org,+12015550112\n",
    ],
    ids=["names", "about", "couple"],
)
def test_the_same_file_again_changes_nothing(content):
    club = an_organisation()
    imported(club, content)
    before = [(person.id, person.first_name, person.about) for person in everybody(club)]

    again = imported(club, content)

    assert [(person.id, person.first_name, person.about) for person in everybody(club)] == before
    assert set(outcomes(again)) <= {"same", "merged"}
    assert again.updated_count == again.new_count == 0


def test_a_couple_at_one_e_mail_with_numbers_of_their_own_stays_two_people():
    club = an_organisation()

    imported(club, HEADER + "Anna,Meyer,both@example.org,+12015550111\nBen,Meyer,both@example.org,+12015550112\n")

    assert [(person.first_name, person.phone_number) for person in everybody(club)] == [("Anna", "+12015550111"), ("Ben", "+12015550112")]


def test_a_line_that_repeats_another_only_fills_its_gaps():
    club = an_organisation()

    job = imported(
        club, HEADER + "Ada,Byron,ada@example.org,\nAda,Byron,ada@example.org,+12015550199\nAda,Byron,ada@example.org,+12015550198\n"
    )

    (person,) = everybody(club)
    assert person.phone_number == "+12015550199"
    assert outcomes(job) == ["new", "merged", "merged"]


def test_an_import_never_lifts_an_entry_of_the_unsubscribes_list():
    club = an_organisation()
    entry = an_entry(club, "ada@example.org", SuppressionReason.COMPLAINT)

    job = an_upload(club, HEADER + "Ada,Byron,Ada@example.org,\nBo,Berg,bo@example.org,\n")
    suppressed = forecast(job).suppressed
    start(job, Start())
    run_to_end(job)

    db.session.refresh(entry)
    assert entry.lifted_at is None
    assert suppressed == {frozenset({"ada@example.org"})}


def test_an_address_that_bounced_does_not_come_back_over_a_good_one():
    club = an_organisation()
    a_participant(club, first_name="Ada", email_address="new@example.org", phone_number=None, member_number="7")
    an_entry(club, "old@example.org")

    job = imported(club, "Member number,E-mail\n7,old@example.org\n")

    assert everybody(club)[0].email_address == "new@example.org"
    assert reasons(job) == ["E-mail old@example.org not taken: nothing arrives there."]


def test_an_address_corrected_here_is_kept():
    club = an_organisation()
    ada = a_participant(club, first_name="Ada", email_address="ada@gmail.com", member_number="7")
    detail = {"was": "ada@gmial.com", "became": "ada@gmail.com"}
    saved(AuditEntry(organisation_id=club.id, action=ADDRESS_CORRECTED, object_kind="participant", object_id=ada.id, detail=detail))

    job = imported(club, "Member number,E-mail\n7,ada@gmial.com\n")

    assert everybody(club)[0].email_address == "ada@gmail.com"
    assert outcomes(job) == ["same"]


def test_people_join_the_list_and_whoever_is_missing_is_left_or_taken_off():
    club = an_organisation()
    stays, goes = a_participant(club, email_address="stays@example.org"), a_participant(club, email_address="goes@example.org")
    listed = a_list(club, stays, goes)
    content = "E-mail\nstays@example.org\nnew@example.org\n"

    look = forecast(an_upload(club, content, listed))
    imported(club, content, listed)
    left = members_of(listed)
    imported(club, content, listed, takes_off_absent=True)

    assert (look.absent_count, look.absent_names) == (1, [f"{goes.first_name} {goes.last_name}"])
    assert len(left) == 3
    assert members_of(listed) == left - {goes.id}


@pytest.mark.parametrize("line", ["7,,,x@@,", ",Ada,Byron,x@@,", ",Byron,Ada,x@@,", ",,,x@@,+12015550123"])
def test_whom_a_line_that_fails_may_mean_stays_on_the_list(line):
    club = an_organisation(country="US")
    known = {"member_number": "7", "first_name": "Ada", "last_name": "Byron", "phone_number": "+12015550123"}
    ada, goes = a_participant(club, **known), a_participant(club, first_name="Ada", last_name="Cole")
    listed = a_list(club, ada, goes)
    content = f"Member number,First name,Last name,E-mail,Mobile\n{line}\n,Bo,Berg,bo@example.org,\n"

    look = forecast(an_upload(club, content, listed))
    imported(club, content, listed, takes_off_absent=True)

    assert look.absent_names == ["Ada Cole"]
    assert ada.id in members_of(listed)
    assert goes.id not in members_of(listed)


def test_consent_is_kept_with_its_proof_but_never_over_a_withdrawal():
    club = an_organisation()
    withdrew = a_participant(club, email_address="no@example.org", phone_number="+12015550198")
    saved(TextConsent(organisation_id=club.id, participant_id=withdrew.id, given_at=clock.now(), proof="old", withdrawn_at=clock.now()))

    imported(club, HEADER + "A,A,a@example.org,+12015550197\nB,B,b@example.org,\n,,no@example.org,\n", text_consent_proof="2026 form")

    new = db.session.scalars(select(TextConsent).where(TextConsent.proof == "2026 form")).all()
    assert [each.participant_id for each in new] == [everybody(club)[1].id]


def test_custom_fields_are_made_and_filled():
    club = an_organisation()
    job = an_upload(club, "E-mail,T-Shirt,Shoe\na@example.org,M,38\nb@example.org,L,forty\n")
    choose_mapping(job, ["email_address", "new:choice", "new:number"], list_id=None, new_list_name="Summer")

    start(job, Start())
    run_to_end(job)

    assert [person.custom for person in everybody(club)] == [{"t_shirt": "M", "shoe": 38}, {"t_shirt": "L"}]
    assert len(members_of(db.session.scalars(select(ParticipantList)).one())) == 2
    assert an_upload(club, "E-mail,T-Shirt,Shoe\n").mapping["targets"] == ["email_address", "custom:t_shirt", "custom:shoe"]


def test_the_mapping_of_the_last_import_of_the_same_columns_is_remembered():
    club, other = an_organisation(), an_organisation()
    first = an_upload(club, "E-mail,Nick\na@example.org,Al\n")
    choose_mapping(first, ["email_address", "first_name"], list_id=None, new_list_name="")
    start(first, Start())
    run_to_end(first)

    assert an_upload(club, "E-mail,Nick\nb@example.org,Bo\n").mapping["targets"] == ["email_address", "first_name"]
    assert an_upload(other, "E-mail,Nick\nb@example.org,Bo\n").mapping["targets"] == ["email_address", "leave_out"]


def test_new_fields_without_a_latin_letter_get_keys_of_their_own():
    club = an_organisation()
    imported_with_fields(club, "E-mail,Команда\na@example.org,Динамо\n", "new:text")
    again = imported_with_fields(club, "E-mail,Вік,Зріст\na@example.org,9,140\n", "new:number", "new:number")

    assert [person.custom for person in everybody(club)] == [{"field": "Динамо", "field_2": 9, "field_3": 140}]
    assert again.mapping["targets"] == ["email_address", "custom:field_2", "custom:field_3"]


def test_a_new_field_called_like_one_that_exists_is_that_one():
    club = an_organisation()
    a_field(club, "Team")

    job = imported_with_fields(club, "E-mail,TEAM\na@example.org,U9\n", "new:text")

    assert job.mapping["targets"] == ["email_address", "custom:team"]


def test_the_dry_run_reads_new_fields_of_one_key_apart():
    club = an_organisation()
    job = an_upload(club, "E-mail,Вік,Зріст\na@example.org,9,tall\n")
    choose_mapping(job, ["email_address", "new:number", "new:number"], list_id=None, new_list_name="")

    assert [step.known.custom for step in forecast(job).remarked if step.known] == [{"field": 9}]


def test_what_is_no_kind_of_field_is_refused():
    job = an_upload(an_organisation(), "E-mail,Team\na@example.org,U9\n")

    for targets in (["email_address", "new:smell"], ["email_address", "new:text", "new:text"]):
        with pytest.raises(Invalid, match="Say for each column where it goes"):
            choose_mapping(job, targets, list_id=None, new_list_name="")


def imported_with_fields(club, content, *targets):
    job = an_upload(club, content)
    choose_mapping(job, ["email_address", *targets], list_id=None, new_list_name="")
    start(job, Start())
    run_to_end(job)
    return job


def test_a_title_above_the_header_fails_nobody():
    club = an_organisation()

    job = imported(club, "Members 2026\n\nName,E-mail\nAda,ada@example.org\n")

    assert outcomes(job) == ["new"]


def test_a_nul_in_a_line_is_kept_without_it_beside_the_reason():
    job = imported(an_organisation(), HEADER + '"Ad\0a,Byron,ada@example.org,\nBo,Berg,bo@example.org,\n')

    assert outcomes(job) == ["failed", "new"]


def test_a_member_number_that_may_count_thousands_is_another():
    club = an_organisation()
    a_participant(club, first_name="Ada", member_number="1", email_address=None, phone_number=None)

    imported(club, "First name,Member number\nBo,1.000\n")

    assert [(person.first_name, person.member_number) for person in everybody(club)] == [("Ada", "1"), ("Bo", "1.000")]


def test_a_file_without_a_header_can_be_given_one():
    job = an_upload(an_organisation(), "Ada\nBo\n")

    choose_header(job, has_header=False)

    assert job.mapping["columns"] == ["Column 1"]


def test_the_dry_run_says_what_the_import_then_does():
    club = an_organisation()
    a_participant(club, first_name="Bo", email_address="bo@example.org", phone_number=None)
    lines = "Mia,Meyer,f@example.org,\nTom,Meyer,f@example.org,\nBo,Berg,bo@example.org,\n,,x,\nCy,C,cy@example.org,9\n"

    job = an_upload(club, HEADER + lines)
    look = forecast(job)
    count = db.session.scalar(select(func.count()).select_from(Participant))
    start(job, Start())
    run_to_end(job)

    assert count == 1
    assert {str(outcome): number for outcome, number in look.counts.items()} == {"new": 2, "merged": 1, "updated": 1, "failed": 1}
    assert sorted(outcomes(job)) == ["failed", "merged", "new", "new", "updated"]
    assert [(step.line, step.reasons) for step in look.families] == [(3, ["One person with line 2, written to about Mia and Tom."])]
    assert [step.line for step in look.failed] == [5]
    assert [step.line for step in look.remarked] == [6]


def test_a_file_that_is_no_table_is_refused_at_the_door():
    club = an_organisation()

    with pytest.raises(Invalid, match="This is a PDF") as refusal:
        upload(Source(club.id, a_member(club).id, "people.csv", b"%PDF-1.7"))

    assert refusal.value.field == "file"
    assert db.session.scalar(select(func.count()).select_from(ParticipantImport)) == 0


def test_other_organisations_people_are_never_matched():
    club, other = an_organisation(), an_organisation()
    theirs = a_participant(other, first_name="Ada", email_address="ada@example.org")

    imported(club, "First name,E-mail\nZed,ada@example.org\n")

    assert len(everybody(club)) == 1
    assert everybody(other)[0].first_name == theirs.first_name
