"""A test to oneself goes where its author is, and nowhere else: no row, no count, and nothing that is heard of it matters."""

from datetime import UTC, datetime

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import func, select

from app.domain.channels import Channel, ChannelPlan
from app.domain.delivery import DeliveryStatus
from app.domain.events import TRIAL, DeliveryEvent, EventKind
from app.domain.roles import Role
from app.extensions import db, redis_client
from app.messages.events import record_events
from app.models import AuditEntry, Message, MessageEvent
from app.providers.base import Accepted, Throttled
from tests.factories import an_entry
from tests.sendouts.drafts import a_club, words_of
from workers.trying import send_trial


def asked_for() -> list[tuple[object, ...]]:
    queue = Queue("urgent", connection=redis_client.client, serializer=JSONSerializer)
    return [tuple(job.args) for job in queue.jobs]


def test_asking_puts_one_job_before_all_bulk_and_keeps_the_number(app):
    club = a_club()
    browser = club.browser(app, Role.AUTHOR)
    person = club.people[0].id

    answer = browser.post(club.path(f"/preview/{person}/trial"), {"number": "+1 201 555 0123"})

    [(sendout_id, participant_id, email, number)] = asked_for()
    assert answer.status_code == 303
    assert (sendout_id, participant_id, number) == (club.draft.id, person, "+12015550123")
    assert str(email) in words_of(browser.get(answer.headers["Location"]))
    assert 'value="+12015550123"' in words_of(browser.get(club.path(f"/preview?person={person}")))


def test_a_text_without_a_number_is_refused_in_words(app):
    club = a_club(channel_plan=ChannelPlan.SMS)

    answer = club.browser(app).post(club.path(f"/preview/{club.people[0].id}/trial"))

    assert answer.status_code == 422
    assert "which mobile number" in words_of(answer)
    assert asked_for() == []


@pytest.mark.parametrize(("channel", "place"), [(Channel.SMS, "+12015550123"), (Channel.EMAIL, "bob@club.example")])
def test_nothing_goes_to_who_is_on_the_unsubscribes_list(app, channel, place):
    club = a_club()
    an_entry(club.organisation, channel=channel, address=place, reason="stop" if channel is Channel.SMS else "complaint")

    answer = club.browser(app).post(club.path(f"/preview/{club.people[0].id}/trial"), {"number": "+1 201 555 0123"})

    assert answer.status_code == 422
    assert f"{place} is on the Unsubscribes list" in words_of(answer)
    assert asked_for() == []


@pytest.mark.parametrize(("kind", "status"), [("marketing", 422), ("non_marketing", 303)])
def test_who_wants_no_news_is_tested_with_none(app, kind, status):
    club = a_club(communication_type=kind)
    an_entry(club.organisation, channel=Channel.SMS, address="+12015550123", reason="unsubscribe", scope="marketing")

    answer = club.browser(app).post(club.path(f"/preview/{club.people[0].id}/trial"), {"number": "+1 201 555 0123"})

    assert answer.status_code == status


def test_a_test_is_written_down_without_where_it_went(app):
    club = a_club()

    club.browser(app).post(club.path(f"/preview/{club.people[0].id}/trial"), {"number": "+1 201 555 0123"})

    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.user_id, entry.action, entry.object_id) == (club.bob.id, "tested", club.draft.id)
    assert entry.detail == {"channels": ["email", "sms"]}


def test_a_person_sends_twenty_tests_an_hour(app):
    club = a_club()
    bob, dora, path = club.browser(app), club.browser(app, Role.AUTHOR), club.path("/preview/0/trial")

    statuses = [bob.post(path).status_code for _ in range(21)]

    assert statuses == [404] * 20 + [429]
    assert dora.post(path).status_code == 404


@pytest.mark.parametrize(("refusals", "tries"), [(0, 1), (2, 3), (9, 4)])
def test_a_test_is_tried_again_for_a_while_when_all_allowance_is_taken_by_bulk(carriers, monkeypatch, refusals, tries):
    monkeypatch.setattr("time.sleep", lambda _: None)
    club = a_club()
    carriers.mail.answer = lambda _: Throttled(2.0, "Slowly") if len(carriers.mail.calls) <= refusals else Accepted("r")

    send_trial(club.draft.id, club.people[0].id, "bob@club.example", "")

    assert len(carriers.mail.calls) == tries


def test_what_is_sent_is_what_that_person_would_get(carriers):
    club = a_club(subject="For {{ first_name }}")
    club.people[0].first_name = "Zoë"
    db.session.commit()

    send_trial(club.draft.id, club.people[0].id, "bob@club.example", "+12015550123")

    [call], [text] = carriers.mail.calls, carriers.texts.texts
    [mail] = call.messages
    assert (mail.to, mail.message_id, mail.slots["subject"]) == ("bob@club.example", TRIAL, "Test: For Zoë")
    assert "/o/" not in mail.slots["html"]
    assert (text.to, text.body, text.message_id) == ("+12015550123", "Riverside: hello Zoë", TRIAL)
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


@pytest.mark.usefixtures("database")
def test_what_is_heard_of_a_test_counts_nowhere():
    event = DeliveryEvent(
        channel=Channel.EMAIL,
        kind=EventKind.STATUS,
        event_key="Send:r1",
        provider_ref="r1",
        occurred_at=datetime(2026, 3, 1, tzinfo=UTC),
        status=DeliveryStatus.SENT,
        message_id=TRIAL,
        attempt=1,
    )

    recorded = record_events([event])

    assert recorded.unmatched == []
    assert db.session.scalar(select(func.count()).select_from(MessageEvent)) == 0
