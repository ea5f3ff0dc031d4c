"""Send-outs that ask something, handed over to everybody, and what their pages and answers say."""

import html
import re
from typing import Any

from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.roles import Role
from app.extensions import db
from app.messages.urls import own_urls
from app.models import Answer
from tests.browser import Browser
from tests.factories import a_member
from tests.scenes import a_frozen_scene, messages_of, run_sql
from tests.workers.conftest import carriers, worker_app  # noqa: F401  fixtures
from workers.sending import send_slot

ASKING: dict[str, Any] = {"question": "Will you come on Saturday?", "choices": ["Yes", "No", "Maybe"], "asks_confirmation": True}


def words_of(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True))).split())


def organiser(app, scene, role=Role.ORGANISER):
    user = a_member(scene.organisation, role)
    db.session.commit()
    return Browser(app, user)


def sent(people=1, channel=Channel.EMAIL, **values: Any):
    """A send-out that asks, handed over to everybody by one channel."""
    scene = a_frozen_scene(people, **({"channel_plan": ChannelPlan(channel)} | ASKING | values))
    send_slot(channel, 0, 0)
    return scene


def message_of(scene, number=0):
    return messages_of(scene)[number]


def path_of(url):
    return url.removeprefix("https://app.example.com")


def pages_of(message):
    """The paths of its two pages, as its links lead there."""
    urls = own_urls()
    return path_of(urls.acknowledge(message.id)), path_of(urls.answer(message.id))


def answers_of(message):
    db.session.rollback()
    return list(db.session.scalars(select(Answer).where(Answer.message_id == message.id).order_by(Answer.id)))


def stand(scene, changes, number=0):
    person = scene.people[number].id
    changed = f"UPDATE messages SET {changes} WHERE sendout_id = :id AND participant_id = :person"  # noqa: S608  ours
    run_sql(changed, id=scene.sendout.id, person=person)
