"""Send-outs on their way, for the tests of the pipeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

from app.domain.channels import Channel, ChannelPlan
from app.domain.sendout_state import SendoutState
from app.extensions import db, redis_client
from app.lib.clock import now
from app.messages.claiming import Claim, Work, claim
from app.models import Batch, Heartbeat, Message, Organisation, Participant, Sendout
from app.sendouts.freezing import BatchSizes, ChunkSizes, freeze_audience, freeze_chunk
from tests.factories import a_list, a_participant, a_sender, a_sendout, an_organisation


@dataclass(frozen=True)
class Scene:
    """An organisation, its people, and one send-out to all of them."""

    organisation: Organisation
    people: Sequence[Participant]
    sendout: Sendout

    @property
    def work(self) -> Work:
        return Work(self.sendout.id, self.organisation.id)


def a_scene(people: int = 3, *, organisation: Organisation | None = None, **values: Any) -> Scene:
    """A send-out whose start was asked for; not frozen yet. Committed."""
    organisation = organisation or an_organisation()
    crowd = [a_participant(organisation) for _ in range(people)]
    senders = {"email_sender_id": a_sender(organisation).id, "sms_sender_id": a_sender(organisation, Channel.SMS).id}
    defaults = {"state": SendoutState.LAUNCHING, "channel_plan": ChannelPlan.EMAIL}
    sendout = a_sendout(organisation, a_list(organisation, *crowd), **(senders | defaults | values))
    db.session.commit()
    return Scene(organisation, crowd, sendout)


def freeze(sendout: Sendout, *, email: int = 50, sms: int = 50, people: int = 5_000) -> None:
    """The whole start of a send-out, as the job does it."""
    freeze_audience(sendout.id, ChunkSizes(people, people))
    db.session.commit()
    while freeze_chunk(sendout.id, BatchSizes(email, sms)):
        db.session.commit()
    db.session.commit()


def a_frozen_scene(people: int = 3, *, email: int = 50, sms: int = 50, **values: Any) -> Scene:
    """A running send-out with its messages in batches."""
    scene = a_scene(people, **values)
    freeze(scene.sendout, email=email, sms=sms)
    return scene


def claimed(scene: Scene, channel: Channel = Channel.EMAIL) -> Claim:
    """The next batch of a scene, in our hands."""
    taken = claim(scene.work, channel, slot="send-test-0")
    db.session.commit()
    assert taken is not None
    return taken


def messages_of(scene: Scene, channel: Channel | None = None) -> list[Message]:
    """The rows as they are now, by person and channel."""
    db.session.rollback()
    db.session.expire_all()
    asked = select(Message).where(Message.sendout_id == scene.sendout.id).order_by(Message.participant_id, Message.channel)
    return list(db.session.scalars(asked if channel is None else asked.where(Message.channel == channel)))


def statuses(scene: Scene, channel: Channel | None = None) -> list[str]:
    return [message.status for message in messages_of(scene, channel)]


def batches_of(scene: Scene) -> list[Batch]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Batch).where(Batch.sendout_id == scene.sendout.id).order_by(Batch.id)))


def asked_for(queue: str) -> list[str]:
    """The jobs that wait in a queue, by the names under which they were asked for."""
    jobs = Queue(queue, connection=redis_client.client, serializer=JSONSerializer).job_ids
    return [job.rpartition("-")[0] for job in jobs]


def the_web_is_there(*, up_seconds: float = 86_400, seen_seconds_ago: float = 1, **values: Any) -> None:
    """Its sign of life, as the web processes write it. Committed."""
    times = {"seen_at": now() - timedelta(seconds=seen_seconds_ago), "up_since": now() - timedelta(seconds=up_seconds)}
    db.session.merge(Heartbeat(**({"name": "web", "kind": "web"} | times | values)))
    db.session.commit()


def run_sql(statement: str, **values: Any) -> None:
    """Change the world behind everybody's back, and commit."""
    db.session.execute(text(statement), values)
    db.session.commit()
