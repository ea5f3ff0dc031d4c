"""What a draft says of its follow-up: an edit link in each e-mail, and a tracking picture that shows itself."""

from dataclasses import dataclass

from app.lib.clock import now
from app.sendouts.composing.forms import Form
from app.sendouts.composing.service import draft_of
from app.sendouts.running import Actor


@dataclass(frozen=True, slots=True)
class Following:
    """The two boxes."""

    has_edit_link: bool
    has_visible_pixel: bool


def following_in(form: Form) -> Following:
    """Read it from the composer's form."""
    return Following("has_edit_link" in form, "has_visible_pixel" in form)


def save_following(sendout_id: int, actor: Actor, following: Following) -> None:
    """Save it with the draft."""
    sendout = draft_of(sendout_id, actor)
    sendout.has_edit_link = following.has_edit_link
    sendout.has_visible_pixel = following.has_visible_pixel
    sendout.saved_at = now()
