"""What every page shares: doors, sign-in, headers, errors, filters, the rail."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, ValidationError

from app.web import errors, filters, headers, health, languages, logs, made_once, navigation, sign_in
from app.web.guards import Door, Guard, mark
from app.web.htmx import waiting_toasts
from app.web.sessions import PageSessions
from config import Config

_LARGEST = 2**63 - 1


class RowNumber(IntegerConverter):
    """`<int:…>` in a route: what no row can have as its number is no address of ours, and not for the database to stumble over."""

    def to_python(self, value: str) -> int:
        """The number; anything larger than any fits no route."""
        number = int(super().to_python(value))
        if number > _LARGEST:
            raise ValidationError
        return number


def init_app(app: Flask, config: Config) -> None:
    """Put the frame around an app whose database, CSRF protection and limiter are bound already."""
    if config.trusted_proxies:  # whose word is taken for who asks, and for nothing else: where we are is PUBLIC_URL
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the way in which Flask wants to be wrapped
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.url_map.converters["int"] = RowNumber
    app.session_interface = PageSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    static = app.static_url_path
    app.jinja_env.globals.update(waiting_toasts=waiting_toasts, asset=lambda name: f"{static}/{name}")  # a page names some seventy
    logs.configure()
    logs.init_app(app)
    headers.init_app(app, config)
    sign_in.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    made_once.init_app(app)
    languages.init_app(app)
    navigation.init_app(app)
    app.register_blueprint(health.bp)
    mark(app.view_functions["static"], Guard(Door.PUBLIC))
