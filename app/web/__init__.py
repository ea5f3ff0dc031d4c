"""What every page shares: doors, sign-in, headers, errors, filters, the rail."""

from flask import Flask

from app.web import errors, filters, headers, health, languages, logs, navigation, sign_in
from app.web.guards import Door, Guard, mark
from app.web.htmx import waiting_toasts
from app.web.sessions import PageSessions
from config import Config


def init_app(app: Flask, config: Config) -> None:
    """Put the frame around an app whose database, CSRF protection and limiter are bound already."""
    app.session_interface = PageSessions()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(waiting_toasts=waiting_toasts)
    logs.configure()
    logs.init_app(app)
    headers.init_app(app, config)
    sign_in.init_app(app)
    errors.init_app(app)
    filters.init_app(app)
    languages.init_app(app)
    navigation.init_app(app)
    app.register_blueprint(health.bp)
    mark(app.view_functions["static"], Guard(Door.PUBLIC))
