"""The doors into the house: every route passes exactly one of them, and `test_house_rules` counts.

signed_in       a person, by role in the current organisation
with_token      whoever holds a signed link of ours, for one purpose
with_signature  a provider, whose signature the view itself verifies
public          anybody

A fifth one, for a program with a key, stands in `app/api/door.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from flask import Response, abort, request, url_for
from flask_login import current_user

from app.domain.roles import Role
from app.extensions import csrf
from app.lib.errors import NotAllowed
from app.lib.tokens import BadToken, read_token, signing_key
from app.web.htmx import is_swap
from app.web.installation import settings
from app.web.membership import current_organisation_id, current_role, current_user_id, standing

__all__ = [
    "Door",
    "Guard",
    "current_organisation_id",
    "current_role",
    "current_user_id",
    "public",
    "signed_in",
    "with_signature",
    "with_token",
]

View = Callable[..., Any]  # what Flask takes and what Flask-Security gives are not typed alike


class Door(StrEnum):
    """How a request is let in."""

    SIGNED_IN = "signed_in"
    TOKEN = "token"  # noqa: S105  the name of a door
    SIGNATURE = "signature"
    KEY = "key"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands on a view function as `view.guard`: its door, and whom or what that door asks for."""

    door: Door
    role: Role | None = None
    purpose: str | None = None


def mark(view: View, guard: Guard) -> View:
    """Hang the guard's name on a view; a view that has one already is a mistake that stops the start."""
    if hasattr(view, "guard"):
        raise RuntimeError(f"{view.__name__} has two guards: a route passes exactly one")
    view.guard = guard  # type: ignore[attr-defined]
    return view


def signed_in(role: Role) -> Callable[[View], View]:
    """Let in who is signed in and holds at least this role in the current organisation.

    Strangers are sent to sign in and come back to the page they asked for; a lesser role gets a 403 page.
    """

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return _ask_to_sign_in()
            found = standing()
            if found is None:
                raise NotAllowed("You do not belong to an organisation any more. Ask one of its owners to invite you again.")
            if not found.role.includes(role):
                raise NotAllowed(f"This is for {_PLURALS[role]}, and you are {_SINGULARS[found.role]} of {found.organisation_name}.")
            return view(*args, **kwargs)

        return mark(guarded, Guard(Door.SIGNED_IN, role=role))

    return guarding


def with_token(purpose: str) -> Callable[[View], View]:
    """Let in who holds a link signed for this purpose: the route's `<token>` is read, and the view gets the ids in it, in order.

    The link is the authority, so neither cookie nor CSRF token is asked for.
    """

    def guarding(view: View) -> View:
        @wraps(view)
        def guarded(*, token: str, **kwargs: Any) -> Any:
            keys = [signing_key(secret) for secret in settings().secret_keys]
            try:
                ids = read_token(purpose, token, keys)
            except BadToken:
                abort(404, "This link is not complete. Copy the whole of it from the message, or ask whoever sent it for a new one.")
            return view(*ids, **kwargs)

        csrf.exempt(guarded)
        return mark(guarded, Guard(Door.TOKEN, purpose=purpose))

    return guarding


def with_signature(view: View) -> View:
    """Mark a callback of a provider's: its view verifies the signature before it does anything else."""
    csrf.exempt(view)
    return mark(view, Guard(Door.SIGNATURE))


def public(view: View) -> View:
    """Mark a page that anybody may see."""
    return mark(view, Guard(Door.PUBLIC))


def _ask_to_sign_in() -> Response:
    """To the sign-in page, and back afterwards where that is possible; a swap would put that page into a corner of this one."""
    wanted = request.full_path.rstrip("?") if request.method == "GET" and not is_swap() else None
    page = url_for("security.login", next=wanted)
    if is_swap():
        return Response(headers={"HX-Redirect": page})
    return Response(status=303, headers={"Location": page})


_SINGULARS = {
    Role.OWNER: "an owner",
    Role.ORGANISER: "an organiser",
    Role.AUTHOR: "an author",
    Role.VIEWER: "a viewer",
    Role.TREASURER: "a treasurer",
}
_PLURALS = {
    Role.OWNER: "owners",
    Role.ORGANISER: "organisers",
    Role.AUTHOR: "authors",
    Role.VIEWER: "viewers",
    Role.TREASURER: "treasurers",
}
