"""A person's data: taken away as a file, and erased so that nothing leads back to them and no count changes."""

import csv
import io
import json
import zipfile

import pytest
from sqlalchemy import select, text

from app.callbacks.service import apply_due_receipts
from app.domain.channels import Channel, CommunicationType
from app.domain.replies import TaskKind
from app.domain.roles import Role
from app.extensions import Base, db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.messages.claiming import Work, claim
from app.messages.counts import recount
from app.models import (
    Answer,
    AnswerMail,
    ApiRequest,
    AudienceChunk,
    AuditEntry,
    CallbackReceipt,
    FollowUpEntry,
    Message,
    MessageEvent,
    Participant,
    ReplyTask,
    SoftBounce,
    TextConsent,
    UnsubscribeEntry,
)
from app.participants.imports.service import undo
from app.participants.service import save
from app.participants.typed import TypedPerson
from app.reports.privacy.callbacks import empty_callbacks
from app.reports.privacy.erasing import Erasure, erase
from app.reports.privacy.held import held_about
from app.reports.privacy.whose import traces_of
from app.sendouts.counting import counted
from app.sendouts.judgement import judgement_of
from app.unsubscribes.service import suppress
from tests import factories
from tests.browser import Browser
from tests.participants.imports import imported, outcomes, reasons
from tests.providers.payloads import sample_bytes
from tests.scenes import Scene, claimed, freeze

OLD, EMAIL, NUMBER = "ava.old@example.net", "Ava.Smith@example.net", "+12015550177"

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def club():
    return factories.an_organisation(country="US")


@pytest.fixture
def alice(club):
    return factories.a_member(club, Role.OWNER, name="Alice")


@pytest.fixture
def ava(club, alice):
    """Somebody who has left a trace in every table."""
    ava = factories.a_participant(
        club, first_name="Ava", last_name="Smithson", email_address=OLD, phone_number=NUMBER, about=["Kiddo"], custom={"team": "Lionesses"}
    )
    factories.a_list(club, ava, factories.a_participant(club))
    typed = {name: getattr(ava, name) for name in ("first_name", "last_name", "phone_number", "about", "member_number", "language")}
    save(club.id, ava, TypedPerson(**typed, email_address=EMAIL, time_zone=None, custom=ava.custom), alice.id)
    imported(club, f"First name,Last name,E-mail,Mobile\nAvalina,Smithson,{EMAIL},12\n,,{EMAIL}.,\n")
    sendout = factories.a_sendout(
        club, state="running", launched_at=now(), frozen_at=now(), audience_count=1, forward_email=EMAIL, choices=["Yes", "No"]
    )
    message = factories.a_message(
        sendout, ava, status="soft_bounced", accepted_at=now(), provider_ref="mail-1", error_words=f"550 {EMAIL} is full"
    )
    shared = {"organisation_id": club.id, "message_id": message.id}
    event = {"channel": "email", "kind": "status", "occurred_at": now(), "words": f"550 {EMAIL}", "detail": {"to": EMAIL}}
    factories.saved(MessageEvent(**shared, **event, event_key="e1"))
    factories.saved(SoftBounce(organisation_id=club.id, address=EMAIL.lower(), sendout_id=sendout.id, occurred_at=now()))
    factories.saved(FollowUpEntry(**shared, comment=f"Reach me at {EMAIL}", is_by_link=True, by_name="Ava Smithson"))
    factories.saved(Answer(**shared, sendout_id=sendout.id, channel="email", choice=1, source="page", given_at=now()))
    factories.saved(TextConsent(organisation_id=club.id, participant_id=ava.id, given_at=now(), proof="Ava Smithson ticked it"))
    factories.an_entry(club, address=EMAIL.lower(), reason="bounce", proof={"words": f"550 {EMAIL}", "code": "550"})
    told = factories.a_received_text(
        club, from_number=NUMBER, body="It is Ava Smithson, call me", provider_ref="SMtold", participant_id=ava.id
    )
    factories.saved(ReplyTask(organisation_id=club.id, text_id=told.id, kind=TaskKind.CONFIRM_STOP, address=NUMBER))
    answered_by_mail(club, told)
    alone = factories.a_sendout(club, state="running", sms_body="Dear Ava Smithson, see you", title="To Ava Smithson", audience_count=1)
    factories.saved(
        AuditEntry(organisation_id=club.id, action="x", object_kind="sendout", detail={"to": [EMAIL, "joava.smith@example.net"]})
    )
    db.session.execute(
        text("INSERT INTO sendout_people (sendout_id, participant_id, organisation_id) VALUES (:s, :p, :o)"),
        {"s": alone.id, "p": ava.id, "o": club.id},
    )
    told_to_a_program(club, ava)
    factories.saved(CallbackReceipt(kind="ses", receipt_key="r1", url="", body=f'{{"mail-1": "{EMAIL}"}}'.encode(), applied_at=now()))
    db.session.commit()
    return ava


def told_to_a_program(club, ava):
    """Answers that are kept for a while: one names her, one her address."""
    request = {"organisation_id": club.id, "key_id": factories.an_api_key(club).id, "fingerprint": "f", "status": 201}
    factories.saved(ApiRequest(**request, idempotency_key="1", answer={"id": ava.id, "first_name": "Ava", "last_name": "Smithson"}))
    factories.saved(ApiRequest(**request, idempotency_key="2", answer={"id": 1, "address": EMAIL.lower()}))


def answered_by_mail(club, told):
    """An e-mail of hers, and one in answer to a text of hers, with its callback."""
    task = factories.saved(
        ReplyTask(organisation_id=club.id, text_id=told.id, kind=TaskKind.FORWARD_EMAIL, address="coach@club.example", state="done")
    )
    answer = {"organisation_id": club.id, "task_id": task.id, "provider_ref": "received-1", "from_address": "coach@club.example"}
    factories.saved(AnswerMail(**answer, body="Dear Ava Smithson", state="waiting", words=f"Not for {EMAIL}"))
    own = factories.a_received_text(club, channel="email", from_number=EMAIL.lower(), provider_ref="received-2", body="Ava Smithson here")
    own.doubt = f"Nothing proves that {EMAIL} sent it"
    raw = f'{{"messageId": "received-1", "content": "Ava Smithson wrote: {NUMBER}"}}'.encode()
    factories.saved(CallbackReceipt(kind="ses", receipt_key="r2", url="", body=raw, applied_at=now()))


def erased(person, user):
    erase(person, Erasure(user.id, "erase"))
    db.session.commit()
    db.session.expire_all()


def everything_in_the_database() -> str:
    found = []
    for table in Base.metadata.sorted_tables:
        columns = ", ".join(
            f"convert_from({each.name}, 'UTF8')" if str(each.type) in {"BYTEA", "BLOB", "LargeBinary"} else f"{each.name}::text"
            for each in table.columns
        )
        found += [" ".join(filter(None, row)) for row in db.session.execute(text(f"SELECT {columns} FROM {table.name}"))]  # noqa: S608  our own tables
    return "\n".join(found).lower()


def counts() -> list[tuple[object, ...]]:
    totals = "SELECT sendout_id, channel, counter, sum(amount) FROM"
    both = "(SELECT * FROM sendout_counts UNION ALL SELECT sendout_id, channel, counter, amount FROM sendout_count_deltas) AS every"
    return [tuple(row) for row in db.session.execute(text(f"{totals} {both} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"))]


def test_after_erasure_no_table_knows_name_address_or_words(alice, ava):
    assert all(word in everything_in_the_database() for word in (EMAIL.lower(), OLD, NUMBER, "smithson", "lionesses", "kiddo"))

    erased(ava, alice)
    empty_callbacks(100)
    db.session.commit()

    left = everything_in_the_database()
    assert "joava.smith@example.net" in left
    left = left.replace("joava.smith@example.net", "")
    assert [word for word in (EMAIL.lower(), OLD, NUMBER, "smithson", "lionesses", "kiddo", "call me") if word in left] == []


def test_erasing_changes_no_count_and_says_who_did_it(alice, ava):
    before = counts()

    erased(ava, alice)

    assert counts() == before
    assert recount() == []
    message = db.session.scalars(select(Message)).one()
    assert (message.status, message.address, message.provider_ref) == ("soft_bounced", None, "mail-1")
    logged = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person erased")).one()
    assert (logged.user_id, logged.object_id) == (alice.id, ava.id)


def test_no_import_and_nobody_by_hand_brings_an_erased_address_back(club, alice, ava):
    erased(ava, alice)

    job = imported(club, f"First name,E-mail,Mobile\nAva,{EMAIL.upper()},\nAva,new@example.net,{NUMBER}\nBo,bo@example.net,\n")

    assert outcomes(job) == ["failed", "failed", "new"]
    assert "asked to be erased" in (reasons(job)[0] or "")
    empty_callbacks(100)
    assert EMAIL.lower() not in everything_in_the_database().replace("joava.smith@example.net", "")
    with pytest.raises(Invalid, match="asked to be erased"):
        save(club.id, None, TypedPerson("Ava", "", EMAIL, None, None, None, None, [], {}), alice.id)


def test_a_send_out_does_not_reach_whoever_is_erased_before_its_start_or_its_hand_over(club, alice):
    gone, here = factories.a_participant(club), factories.a_participant(club)
    sendout = factories.a_sendout(
        club, factories.a_list(club, gone, here), state="launching", email_sender_id=factories.a_sender(club).id,
        communication_type=CommunicationType.MARKETING,
    )  # fmt: skip
    db.session.commit()
    freeze(sendout)

    erased(gone, alice)

    taken = claim(Work(sendout.id, club.id), Channel.EMAIL, slot="send-test-0")
    assert taken is not None
    assert [recipient.address for recipient in taken.recipients] == [here.email_address]
    assert counted(judgement_of(factories.a_sendout(club, factories.a_list(club, here)))).reached == 1


def test_while_a_message_is_being_handed_over_nobody_is_erased(club, alice):
    person = factories.a_participant(club)
    sendout = factories.a_sendout(club, factories.a_list(club, person), state="launching", email_sender_id=factories.a_sender(club).id)
    db.session.commit()
    freeze(sendout)
    claimed(Scene(club, [person], sendout))
    db.session.commit()

    with pytest.raises(Conflict, match="handed over"):
        erase(person, Erasure(alice.id, "ERASE"))


@pytest.mark.parametrize("name", ["bounce-permanent-general", "delivery", "complaint-abuse"])
def test_a_late_callback_counts_and_keeps_no_address(club, alice, name):
    body = sample_bytes(f"sns/notification-{name}.json")
    event = json.loads(json.loads(body)["Message"])
    address = event["mail"]["destination"][0]
    person = factories.a_participant(club, email_address=address)
    message = factories.a_message(
        factories.a_sendout(club, state="running"), person, status="sent", accepted_at=now(), provider_ref=event["mail"]["messageId"]
    )
    db.session.commit()
    erased(person, alice)
    factories.saved(CallbackReceipt(kind="ses", receipt_key="late", url="", body=body))
    db.session.commit()

    apply_due_receipts()
    db.session.commit()

    expected = {"delivery": "delivered", "complaint-abuse": "complaint"}.get(name, "bounced")
    assert db.session.get_one(Message, message.id, populate_existing=True).status == expected
    assert address.lower() not in everything_in_the_database()
    assert recount() == []


def test_an_address_that_somebody_else_has_too_stays_theirs(club, alice):
    ann, ben = (factories.a_participant(club, email_address="home@example.net", phone_number=None) for _ in range(2))
    assert traces_of(ann).shared == {(Channel.EMAIL, "home@example.net")}

    erased(ann, alice)

    assert ben.email_address == "home@example.net"
    assert db.session.scalars(select(UnsubscribeEntry)).all() == []


def test_an_address_of_the_team_stays_theirs_and_one_of_another_organisations_team_is_hashed(club, alice):
    factories.a_member(factories.an_organisation(name="Elsewhere"), email="coach@example.net")
    coach = factories.a_participant(club, email_address="Coach@example.net", phone_number=None)
    own = factories.a_participant(club, email_address=alice.email, phone_number=None)

    assert traces_of(coach).own == {(Channel.EMAIL, "coach@example.net")}
    assert traces_of(own).shared == {(Channel.EMAIL, alice.email)}


def test_an_address_that_an_import_replaced_does_not_come_back_with_the_old_file(club, alice):
    ann = factories.a_participant(club, last_name="Meyer", email_address="ann@old.example", phone_number="+12015550188", member_number="7")
    imported(club, "Member number,E-mail\n7,ann@new.example\n")

    erased(ann, alice)

    assert outcomes(imported(club, "Last name,E-mail\nMeyer,ann@old.example\n")) == ["failed"]


def test_what_an_import_noted_of_somebody_else_forgets_an_erased_address(club, alice):
    tom = factories.a_participant(club, last_name="Meyer", email_address="ann@example.net", phone_number=None, member_number="8")
    job = imported(club, "Member number,Last name,E-mail\n8,Miller,tom@example.net\n")
    ann = factories.a_participant(club, email_address="ann@example.net", phone_number=None)

    erased(ann, alice)

    assert "ann@example.net" not in everything_in_the_database()
    undo(job, alice.id)
    db.session.commit()
    assert (tom.last_name, tom.email_address) == ("Meyer", "tom@example.net")


def test_what_stood_on_the_list_goes_on_standing_under_a_hash_that_a_search_finds(app, alice, ava):
    erased(ava, alice)

    entries = db.session.scalars(select(UnsubscribeEntry).order_by(UnsubscribeEntry.id)).all()
    assert {(each.channel, each.reason, each.is_hashed) for each in entries} == {
        ("email", "bounce", True), ("email", "erased", True), ("sms", "erased", True),
    }  # fmt: skip
    page = Browser(app, alice).get(f"/unsubscribes?q={EMAIL}").text
    assert "Somebody who was erased" in page
    assert "erased:" not in page
    assert entries[0].address not in page


def test_taking_the_entry_off_lets_the_address_in_again(app, club, alice, ava):
    erased(ava, alice)
    for entry in db.session.scalars(select(UnsubscribeEntry)).all():
        Browser(app, alice).post(f"/unsubscribes/{entry.id}/remove", {"reason": "She signed up again"})
    db.session.expire_all()

    assert outcomes(imported(club, f"First name,E-mail\nAva,{EMAIL}\n")) == ["new"]


def test_an_import_that_runs_is_waited_for(club, alice):
    person = factories.a_participant(club)
    factories.an_import(club, state="running")

    with pytest.raises(Conflict, match="An import is running"):
        erase(person, Erasure(alice.id, "ERASE"))


def test_a_start_that_may_know_somebody_is_waited_for(club, alice):
    person, sendout = factories.a_participant(club), factories.a_sendout(club, state="running")
    factories.saved(AudienceChunk(organisation_id=club.id, sendout_id=sendout.id, number=0, participant_ids=[person.id], excluded_ids=[]))

    with pytest.raises(Conflict, match="just starting"):
        erase(person, Erasure(alice.id, "ERASE"))


def test_the_pages_are_the_owners_alone_and_the_word_is_typed(app, club, alice, ava):
    organiser = factories.a_member(club, Role.ORGANISER)
    db.session.commit()
    path = f"/participants/{ava.id}/data"

    assert Browser(app, organiser).get(path).status_code == 403
    assert Browser(app, alice).post(f"{path}/erasure", {"typed": "yes"}).status_code == 422
    assert db.session.get_one(Participant, ava.id).erased_at is None
    assert Browser(app, alice).post(f"{path}/erasure", {"typed": "ERASE"}).status_code == 303
    assert Browser(app, alice).get(f"/participants/{ava.id}").status_code == 404


def test_the_copy_holds_everything_in_tables_that_anybody_can_read(app, alice, ava):
    browser = Browser(app, alice)
    assert "Download the copy" in browser.get(f"/participants/{ava.id}/data").text

    answer = browser.post(f"/participants/{ava.id}/data/file")
    content = browser.get(answer.location).data
    again = browser.get(answer.location)

    archive = zipfile.ZipFile(io.BytesIO(content))
    everything = json.loads(archive.read("everything.json"))
    assert set(archive.namelist()) == {f"{name}.csv" for name in everything} | {"READ ME.txt", "everything.json"}
    messages = list(csv.DictReader(io.StringIO(archive.read("messages.csv").decode("utf-8-sig"))))
    assert (messages[0]["Words"], messages[0]["Answer"]) == ("Hello Avalina", "Yes")
    assert everything["texts received"][0]["Words"] == "It is Ava Smithson, call me"
    assert {row["Why"] for row in everything["unsubscribes"]} == {"Bounced"}
    assert again.status_code == 303
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "person exported")).one().object_id == ava.id


def test_held_tables_hold_as_many_cells_as_headings(ava):
    for table in held_about(ava, traces_of(ava)):
        assert all(len(row) == len(table.headings) for row in table.rows), table.name


def test_a_hash_is_of_one_organisation_alone(alice, ava):
    erased(ava, alice)
    other = factories.an_organisation(name="Elsewhere")

    assert outcomes(imported(other, f"E-mail\n{EMAIL}\n")) == ["new"]
    assert suppress([]) == []
