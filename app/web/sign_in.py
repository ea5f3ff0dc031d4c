"""Flask-Security over our own users: a password, a second step for who wants one, and no other way in."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from flask import Flask, abort, request
from flask_limiter.util import get_remote_address
from flask_security import RoleMixin, SQLAlchemyUserDatastore

from app.extensions import db, limiter, security
from app.models import User
from app.web.guards import Door, Guard, mark

# Pages of Flask-Security that ask for no person; all its others ask for one by themselves.
_OPEN = frozenset({"security.login", "security.two_factor_token_validation", "security.tf_select", "security.two_factor_rescue"})
_UNUSED = frozenset({"security.tf_select", "security.two_factor_rescue"})  # there is one method, and no mail to rescue by
_GUESSABLE = frozenset({"security.login", "security.two_factor_token_validation", "security.verify", "security.change_password"})


def init_app(app: Flask) -> None:
    """Bind sign-in to the app, take off what we do not use of it, and put our guards and limits on its routes."""
    security.init_app(app, SQLAlchemyUserDatastore(db, User, role_model=RoleMixin))
    app.login_manager.request_loader(None)  # type: ignore[attr-defined]  # no sign-in by a token in a header or a URL
    _forget_principal(app)
    for endpoint, view in app.view_functions.items():
        if endpoint.startswith("security."):
            app.view_functions[endpoint] = _guarded(endpoint, view)
    app.before_request(_slow_down_guessing)


def _guarded(endpoint: str, view: Callable[..., Any]) -> Callable[..., Any]:
    """Flask-Security's view under one of our guards' names; a copy, since its functions are shared by all apps of a process."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return abort(404) if endpoint in _UNUSED else view(*args, **kwargs)

    return mark(guarded, Guard(Door.PUBLIC if endpoint in _OPEN else Door.SIGNED_IN))


def _account() -> str:
    """The account that is tried, so that a club behind one address does not lock itself out; hashed, as keys are no place for names."""
    typed = request.form.get("email", "").strip().lower()
    return sha256(f"{get_remote_address()}\0{typed}".encode()).hexdigest()[:32]


@limiter.limit("60 per minute; 600 per hour")
@limiter.limit("10 per minute; 60 per hour", key_func=_account)
def _count_try() -> None:
    """One more try at a password or code; too many are answered with 429."""


def _slow_down_guessing() -> None:
    if request.method == "POST" and request.endpoint in _GUESSABLE:
        _count_try()


def _forget_principal(app: Flask) -> None:
    """Flask-Principal would load session and user before every request, pixels and callbacks too; roles here are memberships."""
    hooks = app.before_request_funcs[None]
    hooks[:] = [hook for hook in hooks if not type(getattr(hook, "__self__", None)).__module__.startswith("flask_principal")]
