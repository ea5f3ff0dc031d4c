"""What stands on our own machines: settings, database, Redis, processes."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.cli.diagnosis.findings import Finding, advice, bad, fine
from app.extensions import db
from app.jobs import QueueName
from app.web.health import database_state, redis_state
from app.web.installation import settings
from config import is_loopback

_ALIVE = text("SELECT DISTINCT kind FROM heartbeats WHERE seen_at > now() - interval '90 seconds'")


def check_settings() -> Iterator[Finding]:
    """Those whose values are allowed, and do not fit together."""
    config = settings()
    yield fine("Settings", "Every setting can be read.")
    if config.aws_endpoint_url_sesv2 is None and is_loopback(config.public_url):
        words = f"PUBLIC_URL is {config.public_url}: nobody else reaches that, neither readers nor Amazon nor Twilio."
        yield bad("Settings", words, "Set PUBLIC_URL to the https address of this service.")
    elif not is_loopback(config.public_url) and urlsplit(config.public_url).scheme != "https":
        words = "PUBLIC_URL is not https: one-click unsubscribing and sign-in need it."
        yield bad("Settings", words, "Put a proxy with a certificate before the web processes, and set PUBLIC_URL to https://…")
    if not config.sns_topic_arns:
        words = "SNS_TOPIC_ARNS is empty: nothing that Amazon reports is believed."
        yield bad("Settings", words, "Name the topic that the SES configuration set publishes to.")
    if config.metrics_token is None:
        yield advice("Settings", "/metrics answers this machine alone.", "Set METRICS_TOKEN if Prometheus runs elsewhere.")


def check_servers() -> Iterator[Finding]:
    """Database and Redis, and who works on them."""
    database = database_state()
    if database == "ok":
        yield fine("Database", "Reachable and migrated.")
        yield from _check_processes()
    elif database == "away":
        yield bad("Database", "Cannot be reached.", "Start PostgreSQL, or correct DATABASE_URL.")
    else:
        yield bad("Database", "Not migrated to this version.", "Run: flask --app wsgi db upgrade")
    if redis_state() == "ok":
        yield fine("Redis", "Reachable.")
    else:
        yield bad("Redis", "Cannot be reached: nothing is sent without it.", "Start Redis, or correct REDIS_URL.")


def _check_processes() -> Iterator[Finding]:
    try:
        alive = set(db.session.scalars(_ALIVE))
        db.session.rollback()
    except SQLAlchemyError as problem:
        yield bad("Processes", f"Cannot be read ({type(problem).__name__}).", "Run: flask --app wsgi db upgrade")
        return
    wanted = {f"worker {queue}" for queue in QueueName} | {"schedule", "web"}
    missing = sorted(wanted - alive)
    if missing:
        yield bad("Processes", f"Nobody is at work as: {', '.join(missing)}.", "Start every line of the Procfile.")
    else:
        yield fine("Processes", "Every queue has a worker, and the schedule and the web run.")
