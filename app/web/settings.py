"""Our settings in the words of Flask and its extensions."""

import base64
from datetime import timedelta
from hashlib import sha256
from typing import Any

import orjson

from app.lib.tokens import signing_key
from config import Config


def flask_settings(config: Config) -> dict[str, Any]:
    """What `app.config` takes from the environment."""
    is_https = config.public_url.startswith("https://")
    return {
        "SECRET_KEY": config.secret_keys[0],
        "SECRET_KEY_FALLBACKS": list(config.secret_keys[1:]),
        "SQLALCHEMY_DATABASE_URI": config.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {
            "pool_size": 10,
            "max_overflow": 20,
            "connect_args": {"connect_timeout": 5},
            "json_deserializer": orjson.loads,  # a twentieth of what the standard library takes for a person's fields
            "hide_parameters": True,  # errors are logged, and people's addresses and texts are not
        },
        "MAX_CONTENT_LENGTH": 64 * 1024 * 1024,  # an import of a hundred thousand people is some 20 MB
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "PERMANENT_SESSION_LIFETIME": timedelta(days=14),
        "SESSION_COOKIE_NAME": "sendout_session",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": is_https,
        "REMEMBER_COOKIE_NAME": "sendout_remember",
        "REMEMBER_COOKIE_DURATION": timedelta(days=30),
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": is_https,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a text is written over an afternoon
        "WTF_CSRF_SSL_STRICT": False,  # the referrer policy keeps the header that this would ask for
        **_limiter_settings(config),
        **_sign_in_settings(config, is_https=is_https),
    }


def _limiter_settings(config: Config) -> dict[str, Any]:
    """Limits are counted in Redis; while it is away each process counts for itself, and no page fails."""
    return {
        "RATELIMIT_STORAGE_URI": config.redis_url,
        "RATELIMIT_STORAGE_OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
        "RATELIMIT_STRATEGY": "moving-window",
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,
        "RATELIMIT_SWALLOW_ERRORS": True,
        "RATELIMIT_HEADERS_ENABLED": False,
    }


def _sign_in_settings(config: Config, *, is_https: bool) -> dict[str, Any]:
    """Flask-Security: password, optional TOTP, session only. A forgotten password is ours (`app/users/forgotten`): it needs a worker."""
    return {
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SINGLE_HASH": True,  # Argon2 salts by itself; a salt of ours would end all passwords with a rotated key
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_API_ENABLED_METHODS": ["session"],
        "SECURITY_JOIN_USER_ROLES": False,  # roles are memberships: see User.roles
        "SECURITY_CLI_USERS_NAME": None,
        "SECURITY_CLI_ROLES_NAME": None,
        "SECURITY_STATIC_FOLDER": None,
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_CHANGE_URL": "/account/password",
        "SECURITY_VERIFY_URL": "/account/verify",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/account/second-step",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/sign-in/code",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/sign-in/method",
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_POST_CHANGE_VIEW": "/settings/account",
        "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "/settings/account",
        "SECURITY_FRESHNESS": timedelta(hours=12),
        "SECURITY_FRESHNESS_GRACE_PERIOD": timedelta(hours=1),
        "SECURITY_CHANGEABLE": True,
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TWO_FACTOR_ALWAYS_VALIDATE": True,
        "SECURITY_TWO_FACTOR_VALIDITY_COOKIE": {"httponly": True, "secure": is_https, "samesite": "Strict", "domain": None},
        "SECURITY_TOTP_ISSUER": "Sendout",
        # A key's name may begin with "-" or "_"; passlib's names begin with a letter or a digit.
        "SECURITY_TOTP_SECRETS": {f"k{signing_key(key).kid}": _derived(key, "totp") for key in config.secret_keys},
    }


def _derived(secret: str, purpose: str) -> str:
    digest = sha256(f"{purpose}\0{secret}".encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
