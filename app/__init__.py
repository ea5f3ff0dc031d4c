"""Sendout: write to lists of participants by e-mail and SMS, and know what became of every message."""

from typing import Any

from flask import Flask

from app.extensions import csrf, db, limiter, migrate, redis_client
from config import Config


def create_app(config: Config) -> Flask:
    """The web application, bound to one set of settings; the only place that knows every room."""
    app = Flask(__name__)
    app.config.update(_flask_settings(config))
    app.extensions["sendout"] = config
    db.init_app(app)
    migrate.init_app(app, db)
    csrf.init_app(app)
    limiter.init_app(app)
    redis_client.bind(config.redis_url)
    return app


def _flask_settings(config: Config) -> dict[str, Any]:
    return {
        "SECRET_KEY": config.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(config.secret_keys[1:]),
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20, "connect_args": {"connect_timeout": 5}},
        "RATELIMIT_STORAGE_URI": config.redis_url,
        "RATELIMIT_SWALLOW_ERRORS": True,
    }
