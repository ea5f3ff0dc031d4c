"""What the simulator can be told at its start, from the command line or the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from simulator.behaviour import MAIL_CHANCES, TEXT_CHANCES
from simulator.faults import FAULT_NAMES

DEFAULT_ACCOUNT_SID = "AC0a1b2c3d4e5f60718293a4b5c6d7e8f9"
DEFAULT_AUTH_TOKEN = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - invented; the same in the tests' samples
DEFAULT_TOPIC_ARN = "arn:aws:sns:eu-west-1:111122223333:sendout-events"
PROBABILITY_NAMES = MAIL_CHANCES | TEXT_CHANCES


@dataclass(frozen=True)
class Settings:
    """One simulator's world. Seconds unless said otherwise; rates per second, 0 meaning no limit."""

    host: str = "127.0.0.1"
    port: int = 9100
    callback_url: str = "http://127.0.0.1:8000"
    public_url: str = ""
    inbound_url: str = ""
    log: Path = Path("var/simulator/acceptances.jsonl")
    seed: int = 7
    latency: float = 0.0
    disorder: Mapping[str, float] = field(default_factory=dict)
    probabilities: Mapping[str, float] = field(default_factory=dict)
    step: float = 0.2
    pace: float = 6.0
    retry_scale: float = 1.0
    max_send_rate: float = 1000.0
    daily_quota: float = 10_000_000.0
    bulk_calls_per_second: float = 0.0
    sender_segments_per_second: float = 0.0
    price_after: float = 20.0
    sns_policy: str = "default"
    signature_version: str = "alternate"
    topic_arn: str = DEFAULT_TOPIC_ARN
    inbound_domain: str = ""
    tracking: str = "own"
    event_types: frozenset[str] = frozenset()
    configuration_sets: frozenset[str] = frozenset()
    account_sid: str = DEFAULT_ACCOUNT_SID
    auth_token: str = DEFAULT_AUTH_TOKEN

    @property
    def base_url(self) -> str:
        return f"http://{self.host}:{self.port}"


def settings_from(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the command line; a bad one ends the program with a line that says why and status 2."""
    parser = _parser(environment)
    told = parser.parse_args(arguments)
    callback_url = told.callback_url.rstrip("/")
    values = {each.name: getattr(told, each.name) for each in fields(Settings)}
    values |= {
        "callback_url": callback_url,
        "public_url": (told.public_url or callback_url).rstrip("/"),
        "inbound_url": told.inbound_url or f"{callback_url}/callbacks/twilio/inbound",
    }
    return Settings(**values)


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="Stands in for Amazon SES v2, SNS and Twilio over HTTP. Mailbox page at /, control API under /control.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    _add_places(parser, environment)
    _add_conduct(parser)
    _add_amazon(parser, environment)
    _add_twilio(parser, environment)
    return parser


def _add_places(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    add = parser.add_argument_group("places").add_argument
    add("--host", default="127.0.0.1", help="address to listen on")
    add("--port", type=int, default=9100, help="port to listen on")
    add("--callback-url", default="http://127.0.0.1:8000", help="where the application answers; SNS posts to its /callbacks/ses")
    add("--public-url", default=environment.get("PUBLIC_URL", ""), help="the application's public URL, if another [PUBLIC_URL]")
    add("--inbound-url", default="", help="webhook for inbound texts; default CALLBACK_URL/callbacks/twilio/inbound")
    add("--log", type=Path, default=Path("var/simulator/acceptances.jsonl"), help="append-only log of everything accepted")


def _add_conduct(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("conduct").add_argument
    add("--seed", type=int, default=7, help="of every chance taken")
    add("--latency", type=float, default=0.0, help="seconds before each API answer")
    add("--disorder", type=_shares_of(FAULT_NAMES), default={}, help=f"NAME=VALUE,... of {' '.join(sorted(FAULT_NAMES))}")
    add("--probabilities", type=_shares_of(PROBABILITY_NAMES), default={}, help=f"NAME=SHARE,... of {' '.join(sorted(PROBABILITY_NAMES))}")
    add("--step", type=float, default=0.2, help="seconds between one status or event and the next")
    add("--pace", type=float, default=6.0, help="seconds that people take to open, click and answer")
    add("--retry-scale", type=float, default=1.0, help="factor on the waits between tries of a callback")


def _add_amazon(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    add = parser.add_argument_group("Amazon").add_argument
    add("--max-send-rate", type=float, default=1000.0, help="mails a second before throttling; 0: no limit")
    add("--daily-quota", type=float, default=10_000_000.0, help="mails in 24 hours; -1: no limit")
    add("--bulk-calls-per-second", type=float, default=0.0, help="SendBulkEmail calls a second; 0: no limit")
    add("--sns-policy", choices=["default", "patient"], default="default", help="3 tries again in a minute, or on and on")
    add("--signature-version", choices=["alternate", "1", "2"], default="alternate", help="how SNS signs")
    add("--topic-arn", default=DEFAULT_TOPIC_ARN, help="topic of the events")
    add("--inbound-domain", default=environment.get("INBOUND_DOMAIN", ""), help="domain that SES receives for [INBOUND_DOMAIN]")
    add("--tracking", choices=["own", "ses"], default="own", help="ses: publish Open and Click unless a call switches it off")
    add("--event-types", type=_words, default=frozenset(), help="event types published, comma-separated; all when empty")
    add("--configuration-sets", type=_words, default=frozenset(), help="sets that exist, comma-separated; any when empty")


def _add_twilio(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    add = parser.add_argument_group("Twilio").add_argument
    sid = environment.get("TWILIO_ACCOUNT_SID") or DEFAULT_ACCOUNT_SID
    token = environment.get("TWILIO_AUTH_TOKEN") or DEFAULT_AUTH_TOKEN
    add("--account-sid", default=sid, help="[TWILIO_ACCOUNT_SID]")
    add("--auth-token", default=token, help="[TWILIO_AUTH_TOKEN]")
    add("--sender-segments-per-second", type=float, default=0.0, help="pace of one sender's queue; 0: no limit")
    add("--price-after", type=float, default=20.0, help="seconds from when a text left until its price is known")


class _shares_of:  # noqa: N801 - used as a converter function, named in argparse's error line
    """Reads `a=0.1,b=2` into numbers, refusing names outside the allowed ones."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def __call__(self, text: str) -> dict[str, float]:
        shares: dict[str, float] = {}
        for part in filter(None, text.split(",")):
            name, _, number = part.partition("=")
            if name.strip() not in self._allowed:
                raise argparse.ArgumentTypeError(f"no such name: {name.strip()}")
            shares[name.strip()] = float(number)
        return shares


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(",") if word.strip())
