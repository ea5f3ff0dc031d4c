"""What follows a send-out that was stopped midway: words to those who got it, or the same again without them.

A text that has started is never edited: both are drafts of their own, whose audience is resolved when they start.
"""

from app.domain.sendout_state import SendoutState
from app.lib.errors import Conflict
from app.models import Sendout
from app.sendouts.composing.queries import sendout_of
from app.sendouts.composing.service import new_draft
from app.sendouts.drafting.service import copy_sendout
from app.sendouts.resending import original_and_copy
from app.sendouts.running import Actor, cancel

_GOES_ON = (SendoutState.PAUSED, SendoutState.HELD)
_STOPPED = (*_GOES_ON, SendoutState.CANCELLED)
_AS_IT_WENT = ("communication_type", "channel_plan", "fallback_hours", "one_per_address", "email_sender_id", "sms_sender_id", "reply_to")
TITLE_LENGTH = 120


def correct(sendout_id: int, actor: Actor, form_token: str) -> Sendout:
    """An empty draft, by the same channels, to exactly those who got a stopped send-out or may have.

    Once, however often the form is sent. Raises NotFound, Conflict for what was not stopped.
    """
    original, made = original_and_copy(sendout_id, actor, form_token)
    if made is not None:
        return made
    _require_stopped(original)
    draft = new_draft(actor)
    for name in _AS_IT_WENT:
        setattr(draft, name, getattr(original, name))
    draft.title = f"Correction to {original.title or original.subject}"[:TITLE_LENGTH]
    return _following(draft, original, form_token, {"got": original.id})


def send_without_those_who_got_it(sendout_id: int, actor: Actor, form_token: str) -> Sendout:
    """A draft of the same, whose audience leaves out whoever got it or may have; what was only paused or held is cancelled first.

    Otherwise it could be resumed, and those who waited for it would get both. Once, however often the form is sent.
    Raises NotFound, Conflict for what was not stopped.
    """
    sendout = sendout_of(sendout_id, actor.organisation_id)
    if sendout.state in _GOES_ON:  # before the lock: whoever cancels takes the messages first
        _require_stopped(sendout)
        cancel(sendout_id, actor)
    original, made = original_and_copy(sendout_id, actor, form_token)
    if made is not None:
        return made
    _require_stopped(original)
    draft = copy_sendout(sendout_id, actor)
    return _following(draft, original, form_token, {"without": [*original.audience_rule.get("without", []), original.id]})


def _require_stopped(sendout: Sendout) -> None:
    if sendout.state not in _STOPPED or sendout.audience_count is None:
        raise Conflict("This is for a send-out that was stopped on its way: pause it first.")


def _following(draft: Sendout, original: Sendout, form_token: str, rule: dict[str, object]) -> Sendout:
    draft.resend_of = original.id
    draft.audience_rule = rule
    draft.form_token = form_token
    return draft
