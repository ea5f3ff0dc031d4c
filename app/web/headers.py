"""What every answer tells the browser not to do."""

from collections.abc import Callable
from functools import wraps

from flask import Flask, Response, make_response, request
from flask.typing import ResponseReturnValue
from flask_talisman import DENY, Talisman

from app.web.sessions import SESSIONLESS
from config import Config

# Scripts run by nonce alone. Tabler's own images are data: URLs in its style sheet.
POLICY = {
    "default-src": "'none'",
    "script-src": "",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "frame-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

# A mail as its reader sees it needs its own styles and pictures, and nothing else; `sandbox` takes scripts, forms and our origin from it.
MAIL_POLICY = "sandbox allow-popups; default-src 'none'; style-src 'unsafe-inline'; img-src https: http: data:; frame-ancestors 'self'"

talisman = Talisman()


def init_app(app: Flask, config: Config) -> None:
    """Set the headers of every answer; HTTPS itself is the business of whatever stands before us."""
    is_https = config.public_url.startswith("https://")
    talisman.init_app(
        app,
        force_https=False,
        frame_options=DENY,
        strict_transport_security=is_https,
        strict_transport_security_include_subdomains=False,  # a club's other sites are not ours to bind
        content_security_policy=POLICY,
        content_security_policy_nonce_in=["script-src"],
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
        referrer_policy="same-origin",
        session_cookie_secure=is_https,
        session_cookie_samesite="Lax",
    )
    # Flask runs these in reverse order of registration: Talisman must have spoken before what corrects it.
    app.after_request_funcs[None].insert(0, _keep_private)


def as_mail_frame(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """For a view that answers with a mail's HTML: it is shown in a sandboxed frame of our pages and can do nothing there."""

    @wraps(view)
    def framed(*args: object, **kwargs: object) -> ResponseReturnValue:
        response = make_response(view(*args, **kwargs))
        response.headers["Content-Security-Policy"] = MAIL_POLICY
        response.headers["Cache-Control"] = "no-store"
        return response

    framed_view: Callable[..., ResponseReturnValue] = talisman(frame_options="SAMEORIGIN", content_security_policy=None)(framed)
    return framed_view


def _keep_private(response: Response) -> Response:
    """A link that carries a person's token must not travel on in a Referer; a page for who is signed in is nobody else's to keep."""
    if request.path.startswith(SESSIONLESS):
        response.headers["Referrer-Policy"] = "no-referrer"
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
