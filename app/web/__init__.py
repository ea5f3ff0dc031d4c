"""What every page shares: doors, sign-in, headers, errors, filters, the rail."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.web import errors, filters, headers, health, languages, logs, made_once, navigation, sign_in
from app.web.guards import Door, Guard, mark
from app.web.htmx import waiting_toasts
from app.web.routing import RowId
from app.web.sessions import PageSessions
from config import Config


def init_app(app: Flask, config: Config) -> None:
    """Put the frame around an app whose database, CSRF protection and limiter are bound already."""
    if config.trusted_proxies:  # whose word is taken for who asks, and for nothing else: where we are is PUBLIC_URL
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # the way in which Flask wants to be wrapped
            app.wsgi_app, x_for=config.trusted_proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )
    app.url_map.converters["int"] = RowId
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
