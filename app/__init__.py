"""Sendout: write to lists of participants by e-mail and SMS, and know what became of every message."""

from flask import Flask

from app import cli, web
from app.extensions import csrf, db, limiter, migrate, redis_client
from app.web.doors import Doors
from app.web.installation import providers_for
from app.web.settings import flask_settings
from config import Config


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
    """Each room's pages; one line a room."""
    from app.callbacks.routes import bp as callbacks
    from app.inbound.linked.routes import bp as linked_answers
    from app.inbound.mails.routes import bp as answer_mails
    from app.inbound.pictures.routes import bp as pictures
    from app.inbound.routes import bp as inbound
    from app.inbound.saved.routes import bp as saved_answers
    from app.inbound.writing.routes import bp as writing
    from app.participants.fields.routes import bp as fields
    from app.participants.filters.routes import bp as filters
    from app.participants.imports.routes import bp as imports
    from app.participants.lists.routes import bp as lists
    from app.participants.routes import bp as participants
    from app.reports.routes import bp as reports
    from app.sendouts.routes import bp as sendouts
    from app.tracking.answering.routes import bp as answering
    from app.tracking.editing.routes import bp as editing
    from app.tracking.routes import bp as tracking
    from app.unsubscribes.routes import bp as unsubscribes
    from app.users.forgotten.routes import bp as forgotten
    from app.users.organisation.routes import bp as organisation
    from app.users.routes import bp as users
    from app.users.team.routes import bp as team

    for room in (
        callbacks,
        reports,
        sendouts,
        imports,
        lists,
        filters,
        fields,
        participants,
        inbound,
        saved_answers,
        linked_answers,
        answer_mails,
        writing,
        pictures,
        unsubscribes,
        tracking,
        answering,
        editing,
        users,
        organisation,
        team,
        forgotten,
    ):
        app.register_blueprint(room)
