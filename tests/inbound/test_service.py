from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.events import InboundText as Text
from app.domain.keywords import Keyword
from app.domain.senders import SenderKind
from app.extensions import db
from app.inbound.service import UnknownSender, add_sender_to_list, dismiss_review, mark_done, mark_read, receive_text
from app.lib.errors import NotFound
from app.models import InboundText, Message, Organisation, UnsubscribeEntry
from tests.factories import a_member, a_message, a_participant, a_sender, a_sendout, an_organisation

pytestmark = pytest.mark.usefixtures("database")

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
OURS, THEIRS = "+15005550006", "+12015550123"


def a_text(body="Thanks!", **values):
    defaults = {"provider_ref": f"SM{body}", "from_number": THEIRS, "to_number": OURS, "messaging_service": None}
    return Text(body=body, **(defaults | values))


def an_organisation_with(address=OURS, **values):
    organisation = an_organisation()
    return organisation, a_sender(organisation, Channel.SMS, address=address, **values)


def wrote_to(person, sender, *, hours_ago, **values):
    sendout = a_sendout(db.session.get_one(Organisation, sender.organisation_id), sms_sender_id=sender.id)
    accepted_at = NOW - timedelta(hours=hours_ago)
    return a_message(sendout, person, Channel.SMS, **({"status": "sent", "accepted_at": accepted_at} | values))


def kept(received):
    return db.session.get_one(InboundText, received.text_id, populate_existing=True)


def test_a_text_belongs_to_the_last_message_before_it():
    organisation, sender = an_organisation_with()
    person = a_participant(organisation, phone_number=THEIRS)
    wrote_to(person, sender, hours_ago=3)
    last = wrote_to(person, sender, hours_ago=1)
    wrote_to(person, sender, hours_ago=-1)
    wrote_to(person, sender, hours_ago=0, status="pending", accepted_at=None)

    received = receive_text(a_text(), NOW)

    assert (kept(received).message_id, kept(received).participant_id) == (last.id, person.id)
    last = db.session.get_one(Message, last.id, populate_existing=True)
    assert (last.wrote_back_at, last.status, last.shown_status) == (NOW, "delivered", "wrote_back")


@pytest.mark.parametrize(("verdict", "entries"), [("STOP", ["stop"]), ("HELP", []), (None, [])])
def test_twilios_verdict_on_a_text_that_was_found_before_is_acted_on(verdict, entries):
    organisation, sender = an_organisation_with()
    message = wrote_to(a_participant(organisation, phone_number=THEIRS), sender, hours_ago=1)
    found = receive_text(a_text("Genug"), NOW)

    heard = [receive_text(a_text("Genug", opt_out_type=verdict), NOW + timedelta(minutes=9)) for _ in range(2)]

    assert [(each.text_id, each.is_new) for each in heard] == [(found.text_id, False)] * 2
    assert kept(found).keyword == (verdict or "none").lower()
    assert list(db.session.scalars(select(UnsubscribeEntry.reason))) == entries
    opted_out_at = db.session.get_one(Message, message.id, populate_existing=True).opted_out_at
    assert opted_out_at == (NOW if entries else None)


def test_who_shares_a_number_is_told_by_whom_we_wrote_to_last():
    organisation, sender = an_organisation_with()
    a_participant(organisation, phone_number=THEIRS)
    mother = a_participant(organisation, phone_number=THEIRS)
    wrote_to(mother, sender, hours_ago=1)

    assert kept(receive_text(a_text(), NOW)).participant_id == mother.id


def test_whoever_we_never_wrote_to_is_known_by_their_number():
    organisation, _ = an_organisation_with()
    person = a_participant(organisation, phone_number=THEIRS)
    a_participant(an_organisation(), phone_number="+12015550199")

    known, unknown = receive_text(a_text(), NOW), receive_text(a_text("Who?", from_number="+12015550199"), NOW)

    assert (kept(known).participant_id, kept(known).message_id) == (person.id, None)
    assert kept(unknown).participant_id is None


def test_a_number_of_a_service_finds_the_organisation_that_owns_the_service():
    organisation, service = an_organisation_with("MG1", kind=SenderKind.MESSAGING_SERVICE)
    person = a_participant(organisation, phone_number=THEIRS)
    message = wrote_to(person, service, hours_ago=1)

    received = receive_text(a_text(messaging_service="MG1"), NOW)

    assert (received.organisation_id, kept(received).message_id) == (organisation.id, message.id)


def test_organisations_are_never_mixed():
    ours, number = an_organisation_with()
    theirs, service = an_organisation_with("MG1", kind=SenderKind.MESSAGING_SERVICE)
    wrote_to(a_participant(theirs, phone_number=THEIRS), service, hours_ago=1)

    received = receive_text(a_text("STOP", messaging_service="MG1"), NOW)

    assert (received.organisation_id, kept(received).message_id, kept(received).sender_id) == (ours.id, None, number.id)
    assert db.session.scalars(select(UnsubscribeEntry.organisation_id)).all() == [ours.id]


def test_a_text_to_a_number_that_nobody_owns_is_not_guessed():
    an_organisation_with("+15005550007")

    with pytest.raises(UnknownSender):
        receive_text(a_text(), NOW)


def test_a_stop_lists_the_number_with_its_proof_and_stays_one():
    organisation, sender = an_organisation_with()
    message = wrote_to(a_participant(organisation, phone_number=THEIRS), sender, hours_ago=1)

    first, again = receive_text(a_text("Stop!"), NOW), receive_text(a_text("Stop!"), NOW)

    assert (first.is_new, again.is_new, first.text_id, again.keyword) == (True, False, again.text_id, Keyword.STOP)
    entry = db.session.scalars(select(UnsubscribeEntry)).one()
    assert (entry.reason, entry.scope, entry.address, entry.inbound_text_id) == ("stop", "all", THEIRS, first.text_id)
    assert (entry.proof["words"], entry.proof["reference"]) == ("Stop!", "SMStop!")
    message = db.session.get_one(Message, message.id, populate_existing=True)
    assert (message.shown_status, message.opted_out_at) == ("stopped", NOW)


@pytest.mark.parametrize(("ours", "is_lifted"), [(OURS, True), ("+18005550006", False)])
def test_yes_lifts_a_stop_but_not_on_toll_free_numbers(ours, is_lifted):
    an_organisation_with(ours)
    receive_text(a_text("STOP", to_number=ours), NOW)

    receive_text(a_text("YES", to_number=ours), NOW + timedelta(minutes=1))

    assert (db.session.scalar(select(UnsubscribeEntry.lifted_at)) is not None) is is_lifted


@pytest.mark.parametrize("order", [("STOP", "START"), ("START", "STOP")])
def test_of_a_stop_and_a_start_at_the_same_instant_the_stop_holds(order):
    an_organisation_with()
    for body in order:
        receive_text(a_text(body), NOW)

    assert db.session.scalars(select(UnsubscribeEntry.lifted_at)).all() == [None]


def test_a_stop_after_a_start_holds_again():
    an_organisation_with()
    for number, body in enumerate(["STOP", "START", "STOP"]):
        receive_text(a_text(body, provider_ref=f"SM{number}"), NOW + timedelta(minutes=number))

    lifted = db.session.scalars(select(UnsubscribeEntry.lifted_at).order_by(UnsubscribeEntry.id)).all()
    assert [moment is None for moment in lifted] == [False, True]


def test_a_likely_stop_waits_for_a_person():
    organisation, _ = an_organisation_with()
    alice = a_member(organisation)
    likely = receive_text(a_text("stop please"), NOW)
    other = receive_text(a_text("please cancel"), NOW)
    assert (likely.keyword, other.keyword) == (Keyword.LIKELY_STOP, Keyword.LIKELY_STOP)
    assert db.session.scalars(select(UnsubscribeEntry)).all() == []

    entry_id = add_sender_to_list(organisation.id, likely.text_id, user_id=alice.id)
    again = add_sender_to_list(organisation.id, likely.text_id, user_id=alice.id)
    dismiss_review(organisation.id, other.text_id)
    db.session.flush()

    assert (again, kept(likely).reviewed_at is None, kept(other).reviewed_at is None) == (None, False, False)
    entry = db.session.get_one(UnsubscribeEntry, entry_id)
    assert (entry.reason, entry.source, entry.created_by, entry.proof["words"]) == ("manual", "reply", alice.id, "stop please")


def test_a_text_with_characters_that_cannot_be_kept_is_kept_without_them():
    an_organisation_with()

    assert kept(receive_text(a_text("a\0b", provider_ref="SM1"), NOW)).body == "ab"


def test_texts_are_read_and_closed_by_number_in_their_own_organisation():
    organisation, _ = an_organisation_with()
    alice = a_member(organisation)
    seen = receive_text(a_text(), NOW).text_id

    assert mark_read(an_organisation().id, THEIRS, seen) == 0
    assert [mark_read(organisation.id, THEIRS, seen) for _ in range(2)] == [1, 0]
    assert [mark_done(organisation.id, THEIRS, seen, user_id=alice.id) for _ in range(2)] == [1, 0]


def test_another_organisations_text_is_not_there():
    an_organisation_with()
    received = receive_text(a_text(), NOW)

    with pytest.raises(NotFound):
        dismiss_review(an_organisation().id, received.text_id)
