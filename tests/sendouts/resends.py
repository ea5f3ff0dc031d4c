"""A send-out that went, and resends of it."""

from typing import Any

from app.domain.resends import ResendGroup
from app.extensions import db
from app.sendouts.resending import ResendChoice, resend
from app.sendouts.running import Actor
from tests.scenes import a_frozen_scene, freeze, messages_of, run_sql


def sent(people=1, status="delivered", **values):
    scene = a_frozen_scene(people, **values)
    run_sql("UPDATE messages SET status = :status, accepted_at = now() WHERE status = 'pending'", status=status)
    return scene


def change(scene, changes, number=0, sendout=None):
    run_sql(
        f"UPDATE messages SET {changes} WHERE sendout_id = :sendout AND participant_id = :person",  # noqa: S608
        sendout=(sendout or scene.sendout).id, person=scene.people[number].id,
    )  # fmt: skip


def choice(**values):
    defaults: dict[str, Any] = {"group": ResendGroup.NOT_OPENED, "no_sign": True, "cannot_tell": True, "form_token": "form-1"}
    return ResendChoice(**(defaults | values))


def resent(scene, **values):
    copy = resend(scene.sendout.id, Actor(scene.organisation.id, None), choice(**values))
    db.session.commit()
    return copy


def started(scene, copy):
    run_sql("UPDATE sendouts SET state = 'launching' WHERE id = :id", id=copy.id)
    freeze(copy)
    return [message.participant_id for message in messages_of(type(scene)(scene.organisation, scene.people, copy))]
