"""Sendout: write to lists of participants by e-mail and SMS, and know what became of every message."""

from importlib import import_module

from flask import Flask

from app import cli, web
from app.extensions import csrf, db, limiter, migrate, redis_client
from app.web.doors import Doors
from app.web.installation import providers_for
from app.web.settings import flask_settings
from config import Config

_ROOMS = (
    "api",
    "api.keys",
    "callbacks",
    "reports",
    "sendouts",
    "participants.imports",
    "participants.lists",
    "participants.filters",
    "participants.fields",
    "participants",
    "inbound",
    "inbound.saved",
    "inbound.linked",
    "inbound.mails",
    "inbound.writing",
    "inbound.pictures",
    "unsubscribes",
    "tracking",
    "tracking.answering",
    "tracking.editing",
    "users",
    "users.organisation",
    "users.team",
    "users.forgotten",
)


def create_app(config: Config) -> Flask:
    """The web application, bound to one set of settings; the only place that knows every room."""
    app = Flask(__name__)
    app.config.update(flask_settings(config))
    app.extensions["sendout"] = config
    app.extensions["providers"] = providers_for(config)
    db.init_app(app)
    migrate.init_app(app, db)
    csrf.init_app(app)
    limiter.init_app(app)
    redis_client.bind(config.redis_url)
    web.init_app(app, config)
    _register_rooms(app)
    _open_doors(app, config)
    cli.register(app)
    return app


def _open_doors(app: Flask, config: Config) -> None:
    """What comes in by the thousand need not go through Flask."""
    from app.callbacks.doors import callback_doors
    from app.tracking.doors import tracking_doors

    doors = tracking_doors(app, config) | callback_doors(app, config)
    app.wsgi_app = Doors(app.wsgi_app, doors, config)  # type: ignore[method-assign]  # the way in which Flask wants to be wrapped


def _register_rooms(app: Flask) -> None:
    """Each room's pages. Imported late, since rooms ask for what stands above."""
    for room in _ROOMS:
        app.register_blueprint(import_module(f"app.{room}.routes").bp)
