"""Every setting, read once from the environment and checked: a bad value stops the start with one clear line.

The settings, their units and defaults are listed in `.env.example`.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

SHORTEST_SECRET = 32  # characters
SHORTEST_TOKEN = 16  # characters
MOST_PROXIES = 10
LONGEST_SETTLING = 30 * 24 * 3600  # seconds


class BadSetting(ValueError):
    """A setting that cannot be used; the message names it and says what it should be."""


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process. Secrets are kept out of its repr."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret_keys: tuple[str, ...] = field(repr=False)  # the first signs, all verify
    public_url: str
    trusted_proxies: int  # that stand before us one behind the other, and each name whom they speak for
    aws_region: str
    aws_endpoint_url_sesv2: str | None
    ses_configuration_set: str
    ses_send_path: str
    sns_topic_arns: tuple[str, ...]
    sns_extra_cert_origins: tuple[str, ...]
    inbound_domain: str  # empty: answers by e-mail do not come in
    twilio_account_sid: str
    twilio_auth_tokens: tuple[str, ...] = field(repr=False)  # the first calls, all verify: accept the old one around a rotation
    twilio_api_url: str | None
    tracking_source: str
    settle_seconds: int
    settle_policy: str
    metrics_token: str | None = field(repr=False)  # None: /metrics is for this machine alone

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Read and check every setting; raises BadSetting."""
        read = _Reader(environ)
        public_url = read.url("PUBLIC_URL", "http://127.0.0.1:8000")
        return cls(
            database_url=_with_driver(read.required("DATABASE_URL", "postgresql://user:password@host/database")),
            redis_url=_redis_url(read.required("REDIS_URL", "redis://127.0.0.1:6379/0")),
            secret_keys=read.secrets("SECRET_KEY"),
            public_url=public_url,
            trusted_proxies=read.whole("TRUSTED_PROXIES", 0, lowest=0, highest=MOST_PROXIES),
            aws_region=read.pattern("AWS_REGION", "eu-west-1", r"[a-z]+(-[a-z]+)+-\d+"),
            aws_endpoint_url_sesv2=read.optional_url("AWS_ENDPOINT_URL_SESV2"),
            ses_configuration_set=read.text("SES_CONFIGURATION_SET", "sendout"),
            ses_send_path=read.choice("SES_SEND_PATH", "auto", ("auto", "bulk", "single")),
            sns_topic_arns=_topic_arns(read.many("SNS_TOPIC_ARNS")),
            sns_extra_cert_origins=_loopback_origins(read.many("SNS_EXTRA_CERT_ORIGINS"), public_url),
            inbound_domain=_domain(read.text("INBOUND_DOMAIN", "")),
            twilio_account_sid=read.text("TWILIO_ACCOUNT_SID", ""),
            twilio_auth_tokens=read.many("TWILIO_AUTH_TOKEN"),
            twilio_api_url=read.optional_url("TWILIO_API_URL"),
            tracking_source=read.choice("TRACKING_SOURCE", "own", ("own", "ses")),
            settle_seconds=read.whole("SETTLE_SECONDS", 900, lowest=1, highest=LONGEST_SETTLING),
            settle_policy=read.choice("SETTLE_POLICY", "resend", ("resend", "ask")),
            metrics_token=_metrics_token(read.text("METRICS_TOKEN", "")),
        )


@dataclass(frozen=True, slots=True)
class _Reader:
    environ: Mapping[str, str]

    def text(self, name: str, default: str) -> str:
        return self.environ.get(name, "").strip() or default

    def required(self, name: str, example: str) -> str:
        value = self.text(name, "")
        if not value:
            raise BadSetting(f"{name} is not set: give a URL such as {example}")
        return value

    def many(self, name: str) -> tuple[str, ...]:
        return tuple(part.strip() for part in self.environ.get(name, "").split(",") if part.strip())

    def secrets(self, name: str) -> tuple[str, ...]:
        keys = self.many(name)
        if not keys or any(len(key) < SHORTEST_SECRET for key in keys):
            raise BadSetting(f"{name} must be one or more secrets of at least {SHORTEST_SECRET} characters, separated by commas")
        return keys

    def pattern(self, name: str, example: str, shape: str) -> str:
        value = self.text(name, example)
        if not re.fullmatch(shape, value, re.ASCII):
            raise BadSetting(f"{name} is {value!r}: it must be written like {example}")
        return value

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name, default)
        if value not in choices:
            raise BadSetting(f"{name} is {value!r}: it must be one of {', '.join(choices)}")
        return value

    def whole(self, name: str, default: int, *, lowest: int, highest: int) -> int:
        value = self.text(name, str(default))
        if not re.fullmatch("[0-9]{1,12}", value) or not lowest <= int(value) <= highest:
            raise BadSetting(f"{name} is {value!r}: it must be a whole number from {lowest} to {highest}")
        return int(value)

    def optional_url(self, name: str) -> str | None:
        return self.url(name, "") or None

    def url(self, name: str, default: str) -> str:
        value = self.text(name, default).rstrip("/")
        if value and not _is_origin_url(value):
            raise BadSetting(f"{name} is {value!r}: it must be an http or https URL such as https://mail.example.org")
        return value


def _is_origin_url(value: str) -> bool:
    if not _is_url(value):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.query and not parts.fragment


def _is_url(value: str) -> bool:
    """Whether it can be taken apart; a port that is no number shows only when it is asked for."""
    try:
        _ = urlsplit(value).port
    except ValueError:
        return False
    return True


def _metrics_token(token: str) -> str | None:
    if token and (len(token) < SHORTEST_TOKEN or not token.isascii()):
        raise BadSetting(f"METRICS_TOKEN must have at least {SHORTEST_TOKEN} characters, all of them ASCII")
    return token or None


def _with_driver(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise BadSetting("DATABASE_URL must begin with postgresql://: Sendout keeps its truth in PostgreSQL and nowhere else")
    if not _is_url(url):
        raise BadSetting("DATABASE_URL has a port that is no number, or a host that cannot be read: percent-encode what is special in it")
    return f"postgresql+psycopg://{rest}"


def _redis_url(url: str) -> str:
    if not _is_url(url) or not re.fullmatch("unix://.*|rediss?://[^/]*(/[0-9]*)?", url.partition("?")[0]):
        raise BadSetting("REDIS_URL must be written like redis://:password@host:6379/0, or with rediss:// or unix://")
    return url


def _topic_arns(arns: tuple[str, ...]) -> tuple[str, ...]:
    for arn in arns:
        if not re.fullmatch(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+", arn, re.ASCII):
            raise BadSetting(f"SNS_TOPIC_ARNS has {arn!r}: each must be written like arn:aws:sns:eu-west-1:111122223333:sendout-events")
    return arns


def _domain(value: str) -> str:
    label = "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    if value and not re.fullmatch(rf"({label}\.)+{label}", value.lower(), re.ASCII):
        raise BadSetting(f"INBOUND_DOMAIN is {value!r}: it must be the domain that SES receives e-mail for, such as answers.example.org")
    return value.lower()


def _loopback_origins(origins: tuple[str, ...], public_url: str) -> tuple[str, ...]:
    if origins and not is_loopback(public_url):
        raise BadSetting("SNS_EXTRA_CERT_ORIGINS is for trying things out: it must be empty when PUBLIC_URL is not a loopback address")
    for origin in origins:
        if not _is_origin_url(origin) or urlsplit(origin).path or "@" in origin or not is_loopback(origin):
            raise BadSetting(
                f"SNS_EXTRA_CERT_ORIGINS has {origin!r}: each must be scheme, loopback host and port, such as http://127.0.0.1:9100"
            )
    return origins


def is_loopback(url: str) -> bool:
    """Whether a URL's host is this machine itself."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load() -> Config:
    """The settings from the environment, or exit 2 with one line that says what to change."""
    try:
        return Config.from_env()
    except BadSetting as problem:
        sys.stderr.write(f"sendout: {problem}\n")
        sys.exit(2)
