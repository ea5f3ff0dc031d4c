from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.channels import Channel
from app.domain.suppression import SuppressionReason, SuppressionScope
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotAllowed, NotFound
from app.models import AuditEntry, UnsubscribeEntry
from app.providers.base import CannotAsk
from app.unsubscribes import queries
from app.unsubscribes.entries import EntrySource, NewEntry
from app.unsubscribes.importing import ImportTerms, import_entries
from app.unsubscribes.provider_list import lift_at_ses
from app.unsubscribes.queries import ListFilter
from app.unsubscribes.service import add_by_hand, lift, lift_stop, suppress, undo_lift
from app.unsubscribes.soft_bounces import MailSign, count_soft_bounces
from tests.factories import a_member, a_sender, a_sendout, an_organisation
from tests.waiting import waits_for_us

pytestmark = pytest.mark.usefixtures("database")

NUMBER = "+12015550123"


def an_entry(organisation, **values):
    defaults = {"channel": Channel.EMAIL, "address": "Ava@Example.net", "reason": SuppressionReason.BOUNCE, "source": EntrySource.CALLBACK}
    return NewEntry(organisation.id, **(defaults | values))


def a_stop(organisation, **values):
    stop = {"channel": Channel.SMS, "address": NUMBER, "reason": SuppressionReason.STOP, "source": EntrySource.REPLY}
    return suppress([an_entry(organisation, **(stop | values))])[0]


def entries():
    return db.session.scalars(select(UnsubscribeEntry).order_by(UnsubscribeEntry.id).execution_options(populate_existing=True)).all()


def test_an_address_stands_once_for_each_reason_however_it_is_written():
    organisation = an_organisation()

    first = suppress([an_entry(organisation), an_entry(organisation, address="ava@example.net")])
    second = suppress([an_entry(organisation), an_entry(organisation, reason=SuppressionReason.COMPLAINT)])

    assert (len(first), len(second)) == (1, 1)
    assert [(entry.address, entry.reason, entry.scope) for entry in entries()] == [
        ("ava@example.net", "bounce", "all"),
        ("ava@example.net", "complaint", "all"),
    ]


def test_every_message_replaces_marketing_and_never_the_other_way_round():
    organisation = an_organisation()
    said = {"reason": SuppressionReason.UNSUBSCRIBE, "source": EntrySource.LINK}

    suppress([an_entry(organisation, **said)])
    suppress([an_entry(organisation, **said, scope=SuppressionScope.ALL)])
    again = suppress([an_entry(organisation, **said)])

    assert again == []
    assert [(entry.scope, entry.lifted_at is None) for entry in entries()] == [("marketing", False), ("all", True)]


def test_every_message_stands_also_where_marketing_is_said_at_the_same_moment(app):
    organisation = an_organisation()
    said = {"reason": SuppressionReason.UNSUBSCRIBE, "source": EntrySource.LINK}
    wider = an_entry(organisation, **said, scope=SuppressionScope.ALL)
    db.session.commit()
    suppress([an_entry(organisation, **said)])

    waits_for_us(app, lambda: suppress([wider]))

    assert [(entry.scope, entry.lifted_at is None) for entry in entries()] == [("marketing", False), ("all", True)]


def test_organisations_keep_lists_of_their_own():
    ours, theirs = an_organisation(), an_organisation()
    suppress([an_entry(ours), an_entry(theirs)])
    entry = queries.standing_entries(theirs.id, Channel.EMAIL, "ava@example.net")[0]

    assert len(entries()) == 2
    assert [each.id for each in queries.listed_page(ours.id, ListFilter())] != [entry.id]
    with pytest.raises(NotFound):
        lift(ours.id, entry.id, reason="They asked", user_id=a_member(ours).id)


def test_a_lifted_entry_says_who_when_and_why_and_can_be_put_back():
    organisation = an_organisation()
    alice = a_member(organisation, name="Alice")
    entry_id = suppress([an_entry(organisation, proof={"code": "General"})])[0]

    lifted = lift(organisation.id, entry_id, reason=" Mailbox is mended ", user_id=alice.id)
    back_id = undo_lift(organisation.id, entry_id, user_id=alice.id)

    assert (lifted.address, lifted.is_on_ses_list) == ("ava@example.net", True)
    newest, oldest = queries.address_history(organisation.id, Channel.EMAIL, "AVA@example.net")
    assert (newest.id, newest.lifted_at, newest.proof, newest.created_by) == (
        back_id,
        None,
        {"code": "General", "put_back": entry_id},
        "Alice",
    )
    assert (oldest.id, oldest.lifted_by, oldest.lift_reason) == (entry_id, "Alice", "Mailbox is mended")
    actions = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
    assert actions == ["unsubscribe.lifted", "unsubscribe.put_back"]


def test_an_entry_is_lifted_once_with_a_reason_and_put_back_once():
    organisation = an_organisation()
    alice = a_member(organisation)
    entry_id = suppress([an_entry(organisation)])[0]

    with pytest.raises(Invalid):
        lift(organisation.id, entry_id, reason=" ", user_id=alice.id)
    with pytest.raises(Conflict):
        undo_lift(organisation.id, entry_id, user_id=alice.id)
    lift(organisation.id, entry_id, reason="They asked", user_id=alice.id)
    with pytest.raises(Conflict):
        lift(organisation.id, entry_id, reason="They asked", user_id=alice.id)
    suppress([an_entry(organisation)])
    with pytest.raises(Conflict):
        undo_lift(organisation.id, entry_id, user_id=alice.id)


def test_a_stop_is_lifted_only_by_their_own_start():
    organisation = an_organisation()
    alice = a_member(organisation)
    sender = a_sender(organisation, Channel.SMS, address="+15005550006")
    entry_id = a_stop(organisation, sendout_id=a_sendout(organisation, sms_sender_id=sender.id).id)

    with pytest.raises(NotAllowed, match=r"Text START to \+15005550006"):
        lift(organisation.id, entry_id, reason="They asked", user_id=alice.id)

    assert lift_stop(organisation.id, NUMBER, words="UNSTOP") == 1
    assert entries()[0].lift_reason == "They texted “UNSTOP”"
    with pytest.raises(NotAllowed, match="START themselves"):
        undo_lift(organisation.id, entry_id, user_id=alice.id)


def test_an_erased_person_who_is_put_back_is_still_known_by_the_hash_alone():
    organisation = an_organisation()
    alice = a_member(organisation)
    (entry_id,) = suppress([an_entry(organisation)])
    entries()[0].is_hashed = True
    db.session.flush()
    lift(organisation.id, entry_id, reason="They asked", user_id=alice.id)

    undo_lift(organisation.id, entry_id, user_id=alice.id)

    assert [entry.is_hashed for entry in entries()] == [True, True]


def test_words_for_a_stop_of_an_unknown_number_name_none():
    organisation = an_organisation()

    with pytest.raises(NotAllowed, match="Text START to our number"):
        lift(organisation.id, a_stop(organisation), reason="They asked", user_id=a_member(organisation).id)


def test_start_lifts_nothing_that_the_organisation_decided():
    organisation = an_organisation()
    a_stop(organisation, reason=SuppressionReason.MANUAL)

    assert lift_stop(organisation.id, NUMBER, words="START") == 0


@pytest.mark.parametrize(
    ("channel", "typed", "kept"),
    [(Channel.EMAIL, " Ava Smith <Ava@Example.net> ", "ava@example.net"), (Channel.SMS, "(201) 555-0123", NUMBER)],
)
def test_what_is_typed_by_hand_is_kept_in_its_normal_form(channel, typed, kept):
    organisation = an_organisation()
    entry = an_entry(organisation, channel=channel, address=typed, reason=SuppressionReason.MANUAL, source=EntrySource.USER)

    add_by_hand(entry, country="US")

    assert [(each.address, each.scope) for each in entries()] == [(kept, "all")]
    with pytest.raises(Conflict):
        add_by_hand(entry, country="US")


def test_what_is_no_address_is_refused():
    with pytest.raises(Invalid):
        add_by_hand(an_entry(an_organisation(), address="nobody"), country="GB")


def test_ses_is_asked_to_lift_its_own_entry_and_its_no_is_told():
    organisation = an_organisation()
    alice = a_member(organisation)
    bounce = lift(organisation.id, suppress([an_entry(organisation)])[0], reason="Mended", user_id=alice.id)
    other = lift(organisation.id, suppress([an_entry(organisation, reason=SuppressionReason.MANUAL)])[0], reason="Mended", user_id=alice.id)
    asked: list[str] = []

    def refuse(_address):
        raise CannotAsk("Amazon SES keeps it")

    assert lift_at_ses(bounce, asked.append) is None
    assert lift_at_ses(other, asked.append) is None
    assert asked == ["ava@example.net"]
    assert lift_at_ses(bounce, refuse) == "Amazon SES keeps it"


def entry_day(organisation, sendout_id, day):
    return MailSign(organisation.id, "Ava@example.net", sendout_id, datetime(2026, 3, day, tzinfo=UTC))


def test_lifting_starts_the_count_of_temporary_bounces_anew():
    organisation = an_organisation()
    alice = a_member(organisation)
    sendouts = [a_sendout(organisation).id for _ in range(4)]
    days = [entry_day(organisation, sendout, day) for sendout, day in zip(sendouts, (1, 8, 15, 22), strict=True)]
    assert [count_soft_bounces([day]) for day in days[:3]] == [0, 0, 1]

    lift(organisation.id, entries()[0].id, reason="Mailbox emptied", user_id=alice.id)

    assert count_soft_bounces([days[3]]) == 0


def test_a_file_is_taken_over_with_its_proof_and_bad_rows_are_named():
    organisation = an_organisation()
    suppress([an_entry(organisation, reason=SuppressionReason.UNSUBSCRIBE)])
    rows = [(2, "ava@example.net"), (3, "Bob@example.net"), (4, "bob@example.net"), (5, "nobody@"), (6, "+44 7400 123456"), (7, "12")]

    imported = import_entries(rows, ImportTerms(organisation.id, "GB", a_member(organisation).id, "Asked in March"))

    assert (imported.added, imported.already, [line for line, _ in imported.unusable]) == (2, 1, [5, 7])
    bob = queries.standing_entries(organisation.id, Channel.EMAIL, "bob@example.net")[0]
    assert (bob.source, bob.scope, bob.proof["words"]) == ("import", "marketing", "Asked in March")
    assert queries.standing_entries(organisation.id, Channel.SMS, "+447400123456")


def test_the_list_is_narrowed_and_read_page_by_page():
    organisation = an_organisation()
    sendout = a_sendout(organisation, title="Spring camp")
    made = suppress([an_entry(organisation, address=f"p{n}@example.net", sendout_id=sendout.id) for n in range(5)])
    a_stop(organisation)

    page = queries.listed_page(organisation.id, ListFilter(channel=Channel.EMAIL), limit=2)
    rest = queries.listed_page(organisation.id, ListFilter(reason=SuppressionReason.BOUNCE), before_id=page[-1].id)

    assert [entry.id for entry in (*page, *rest)] == sorted(made, reverse=True)
    assert page[0].sendout_title == "Spring camp"
    assert [entry.address for entry in queries.listed_page(organisation.id, ListFilter(search="P3@"))] == ["p3@example.net"]
    assert queries.listed_page(organisation.id, ListFilter(search="%")) == []
    assert queries.listed_page(organisation.id, ListFilter(is_lifted=True)) == []
    assert len(list(queries.export_rows(organisation.id, ListFilter(sendout_id=sendout.id)))) == 5
    assert queries.counts_by_reason(organisation.id) == {"bounce": 5, "stop": 1}
    assert queries.added_by_sendout(organisation.id, sendout.id) == {"bounce": 5}
