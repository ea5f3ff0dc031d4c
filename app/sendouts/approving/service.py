"""Asking for approval, giving it, and sending a draft back. Nothing here commits."""

from sqlalchemy import select

from app.extensions import db
from app.jobs import ANNOUNCE_APPROVAL, enqueue_after_commit
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid, NotAllowed
from app.models import Sendout
from app.sendouts.approving.queries import deciders_of, digest_of, standing_of
from app.sendouts.composing.service import draft_of
from app.sendouts.running import Actor

LONGEST_NOTE = 1_000


def ask_for_approval(sendout_id: int, actor: Actor) -> None:
    """Ask about the draft as it reads now; whoever may decide hears of it by e-mail. Raises Conflict where nobody has to, or nobody may."""
    sendout = draft_of(sendout_id, actor)
    if standing_of(sendout) is None:
        raise Conflict("Nobody has to approve this send-out.")
    sendout.approval_asked_at, sendout.approval_asked_by = now(), actor.user_id
    sendout.approval_digest = digest_of(sendout)
    sendout.approval_announced_at = sendout.approval_decided_at = sendout.approval_decided_by = sendout.approval_note = None
    db.session.flush()
    if not deciders_of(sendout):
        raise Conflict("Nobody else in your team may approve it: invite another organiser, or let an owner switch approval off.")
    enqueue_after_commit(ANNOUNCE_APPROVAL, sendout.id, job_id=f"announce-approval-{sendout.id}")


def approve(sendout_id: int, actor: Actor, digest: str) -> None:
    """Say yes to the draft with this digest, which is the one that was read. Raises NotAllowed, Conflict where it was changed meanwhile."""
    _decide(sendout_id, actor, digest, None)


def send_back(sendout_id: int, actor: Actor, digest: str, note: str) -> None:
    """Say what has to be changed first. Raises Invalid without a word, NotAllowed, Conflict."""
    _decide(sendout_id, actor, digest, note.strip()[:LONGEST_NOTE])


def _decide(sendout_id: int, actor: Actor, digest: str, note: str | None) -> None:
    sendout = draft_of(sendout_id, actor)
    standing = standing_of(sendout)
    if standing is None or actor.user_id is None or actor.user_id not in {each.user_id for each in standing.deciders}:
        raise NotAllowed("Another organiser has to decide about this one: not who wrote it, and not who asked.")
    if not standing.may_decide(actor.user_id) or sendout.approval_digest != digest:
        raise Conflict("It was changed or decided about meanwhile. Look at it once more.")
    if note == "":
        raise Invalid("Say in a few words what should be changed.", "note")
    sendout.approval_decided_at, sendout.approval_decided_by, sendout.approval_note = now(), actor.user_id, note
    sendout.approval_announced_at = None
    db.session.flush()
    enqueue_after_commit(ANNOUNCE_APPROVAL, sendout.id, job_id=f"announce-decision-{sendout.id}")


def to_announce(sendout_id: int) -> Sendout | None:
    """A draft of which a question or an answer is not announced yet, which is noted now: once, whatever becomes of the e-mail."""
    asked = select(Sendout).where(Sendout.id == sendout_id, Sendout.approval_asked_at.is_not(None), Sendout.approval_announced_at.is_(None))
    sendout = db.session.scalars(asked.with_for_update(skip_locked=True)).one_or_none()
    if sendout is not None:
        sendout.approval_announced_at = now()
    return sendout
