"""One picture or file of a received text, fetched from Twilio for whoever may read the conversation. Nothing is kept of it."""

from dataclasses import dataclass
from mimetypes import guess_extension

from app.domain.media import is_shown, media_word, plain_kind
from app.extensions import db
from app.lib.errors import Invalid, NotFound, Unavailable
from app.models import InboundText
from app.providers.base import CannotAsk
from app.providers.twilio_media import Media, MediaGone, MediaTooLarge, NotTwilios
from app.web.installation import providers

_NOTHING = "There is no such picture or file."


@dataclass(frozen=True, slots=True)
class Attached:
    """What came along: shown as what it is, or a file to download under a name that says what it is."""

    content: bytes
    content_type: str
    is_shown: bool
    file_name: str


def attached(organisation_id: int, text_id: int, number: int) -> Attached:
    """The picture or file at this place of a text, from 0. Raises NotFound, Invalid, Unavailable.

    A page shows pictures alone: what only claims to be one is told as a file that cannot be shown.
    """
    text = db.session.get(InboundText, text_id)
    if text is None or text.organisation_id != organisation_id or not 0 <= number < len(text.media):
        raise NotFound(_NOTHING)
    told, url = text.media[number]
    db.session.rollback()  # the connection is free while Twilio takes its time
    media = _fetched(url)
    kind = plain_kind(media.content_type if is_shown(told) else told)
    if is_shown(told) and not is_shown(kind):
        raise Invalid("It is no picture that can be shown.")
    name = f"{media_word(told)}-{text_id}-{number + 1}{guess_extension(kind) or ''}".replace(" ", "-")
    return Attached(media.content, kind if is_shown(kind) else "application/octet-stream", is_shown(kind), name)


def _fetched(url: str) -> Media:
    try:
        return providers().media.fetch(url)
    except NotTwilios as problem:
        raise NotFound("Its address is none of Twilio's, so it was not fetched.") from problem
    except MediaGone as problem:
        raise NotFound("It was deleted at Twilio, and no copy of it is kept here.") from problem
    except MediaTooLarge as problem:
        raise Invalid("It is too large to be fetched.") from problem
    except CannotAsk as problem:
        raise Unavailable("Twilio cannot be reached just now. Try again in a minute.") from problem
