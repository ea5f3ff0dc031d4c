"""The pictures of a conversation, through us: Twilio's addresses ask for a password that no browser has."""

from flask import Blueprint, Response
from werkzeug.http import dump_options_header

from app.domain.media import is_shown, media_word
from app.domain.roles import Role
from app.inbound.pictures.service import attached
from app.web.guards import current_organisation_id, signed_in

bp = Blueprint("pictures", __name__)
bp.record_once(lambda state: state.app.jinja_env.globals.update(is_shown_media=is_shown, media_word=media_word))

_KEPT_SECONDS = 24 * 3600  # by the reader's own browser, and by nobody else


@bp.get("/replies/<int:text_id>/media/<int:number>")
@signed_in(Role.VIEWER)
def show(text_id: int, number: int) -> Response:
    """A picture as it is, anything else as a download."""
    found = attached(current_organisation_id(), text_id, number)
    response = Response(found.content, content_type=found.content_type)
    response.headers["Content-Disposition"] = dump_options_header(
        "inline" if found.is_shown else "attachment", {"filename": found.file_name}
    )
    response.headers["Cache-Control"] = f"private, max-age={_KEPT_SECONDS}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
