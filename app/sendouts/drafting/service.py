"""Drafts as things: a copy of a send-out, and a draft thrown away and fetched back."""

from sqlalchemy import select, update

from app.domain.sendout_state import SendoutState
from app.extensions import db, rows_changed
from app.lib.clock import now
from app.lib.errors import Conflict
from app.models import Sendout, SendoutAttachment, SendoutFilter, SendoutList, SendoutPerson
from app.sendouts.composing.queries import sendout_of
from app.sendouts.resending import COPIED
from app.sendouts.running import Actor

_ALSO_COPIED = ("channel_plan", "fallback_hours")


def copy_sendout(sendout_id: int, actor: Actor) -> Sendout:
    """A new draft that says the same to the same lists, filters and people, with its files. Raises NotFound."""
    original = sendout_of(sendout_id, actor.organisation_id)
    copy = Sendout(
        **{name: getattr(original, name) for name in (*COPIED, *_ALSO_COPIED)},
        created_by=actor.user_id,
        title=f"Copy of {original.title or original.subject}".strip()[:120],
        **_of_stopped(original),
    )
    db.session.add(copy)
    db.session.flush()
    _copy_rows(SendoutList, original, copy, ("list_id", "is_excluded"))
    _copy_rows(SendoutFilter, original, copy, ("filter_id", "is_excluded"))
    _copy_rows(SendoutPerson, original, copy, ("participant_id", "is_excluded"))
    _copy_rows(SendoutAttachment, original, copy, ("file_name", "content_type", "content"))
    return copy


def delete_draft(sendout_id: int, actor: Actor) -> None:
    """Throw a draft away; it can be fetched back. Raises NotFound, and Conflict for what is no draft."""
    sendout = sendout_of(sendout_id, actor.organisation_id)
    thrown = update(Sendout).where(Sendout.id == sendout.id, Sendout.state == SendoutState.DRAFT).values(deleted_at=now())
    if rows_changed(thrown) != 1:
        raise Conflict("Only a draft can be deleted: what has started stays, with what became of it.")


def restore_draft(sendout_id: int, actor: Actor) -> None:
    """Fetch a deleted draft back; one that is there stays as it is. Raises NotFound."""
    restored = update(Sendout).where(
        Sendout.id == sendout_id, Sendout.organisation_id == actor.organisation_id, Sendout.deleted_at.is_not(None)
    )
    if rows_changed(restored.values(deleted_at=None)) == 0:
        sendout_of(sendout_id, actor.organisation_id)


def _of_stopped(original: Sendout) -> dict[str, object]:
    """A draft that follows a send-out stopped midway says the same to the same people only with its rule."""
    if {"got", "without"}.isdisjoint(original.audience_rule):
        return {}
    return {"resend_of": original.resend_of, "audience_rule": original.audience_rule}


def _copy_rows(
    kind: type[SendoutList] | type[SendoutFilter] | type[SendoutPerson] | type[SendoutAttachment],
    original: Sendout,
    copy: Sendout,
    columns: tuple[str, ...],
) -> None:
    for row in db.session.scalars(select(kind).where(kind.sendout_id == original.id)):
        values = {name: getattr(row, name) for name in columns}
        db.session.add(kind(sendout_id=copy.id, organisation_id=copy.organisation_id, **values))
    db.session.flush()
