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
from app.models import Message, MessageEvent
from app.providers.base import Accepted, Throttled
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
