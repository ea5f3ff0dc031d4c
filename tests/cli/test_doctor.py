import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from flask import Flask

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.jobs import QueueName
from app.lib.clock import now
from app.models import Heartbeat
from app.providers.base import CannotAsk
from app.providers.ses import AccountQuota
from app.providers.ses_setup import ALL_EVENTS, EventFeed
from app.providers.sns_setup import PATIENT_TRIES, Subscription
from app.providers.twilio_setup import TextDoor, TwilioAccount
from tests.factories import a_sender, an_organisation, saved

TOPIC = "arn:aws:sns:eu-west-1:111122223333:bulk-ses-events"
QUEUE = "arn:aws:sqs:eu-west-1:111122223333:dead"
INBOUND = "https://app.example.com/callbacks/twilio/inbound"


@dataclass
class Vendors:
    """Amazon and Twilio as they are set up; what puts something right writes it down."""

    quota: AccountQuota = field(
        default_factory=lambda: AccountQuota(14, 50_000, 0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")
    )
    set_sends: bool | None = True
    event_feeds: list[EventFeed] = field(
        default_factory=lambda: [EventFeed("f", TOPIC, is_enabled=True, event_types=frozenset(ALL_EVENTS))]
    )
    subscribed: Subscription | None = field(default_factory=lambda: Subscription("arn:s", tries=PATIENT_TRIES, dead_letters_arn=QUEUE))
    letters: int = 0
    twilio: TwilioAccount | None = field(default_factory=lambda: TwilioAccount("active", "Full"))
    doors: dict[str, TextDoor] = field(default_factory=dict)
    refuses: bool = False
    done: list[str] = field(default_factory=list)

    def account_quota(self):
        return self.quota

    @property
    def ses_setup(self):
        return self

    sns_setup = twilio_setup = ses_setup

    def is_sending(self, _name):
        return self.set_sends

    def feeds(self, _name):
        return self.event_feeds

    def subscription(self, _topic, _door):
        return self.subscribed

    def dead_letters(self, _queue):
        return self.letters

    def account(self):
        if self.twilio is None:
            raise CannotAsk("Twilio refused (20003)")
        return self.twilio

    def number(self, number):
        return self.doors.get(number)

    service = number

    def __getattr__(self, name: str) -> Any:
        def put_right(*_: object) -> None:
            if self.refuses:
                raise CannotAsk("Amazon refused: AccessDenied")
            self.done.append(name)

        if name not in CURES:
            raise AttributeError(name)
        return put_right


CURES = ("create_set", "feed_everything", "subscribe", "be_patient", "unwrap_nothing", "keep_dead_letters", "point_number", "point_service")


@pytest.fixture
def vendors(app: Flask) -> Iterator[Vendors]:
    made, real = Vendors(), app.extensions["providers"]
    app.extensions["providers"] = made
    yield made
    app.extensions["providers"] = real


@pytest.fixture
def crew(vendors: Vendors) -> Vendors:
    """A process of every kind."""
    for kind in [f"worker {queue}" for queue in QueueName] + ["schedule", "web"]:
        saved(Heartbeat(name=f"{kind}@h:1", kind=kind, seen_at=now()))
    db.session.commit()
    return vendors


@pytest.fixture
def examine(app, crew):
    assert crew.done == []

    def run(*options):
        result = app.test_cli_runner().invoke(args=["doctor", *options])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.output

    return run


def test_a_healthy_installation_has_nothing_to_do(examine):
    code, said = examine()

    assert (code, "TO DO" in said) == (0, False)
    assert "The account may send, 14 a second and 50,000 in 24 hours." in said
    assert "All ten kinds of event go to" in said


QUOTA = AccountQuota(14, 50_000, 0, is_sending_enabled=True, is_production=True, enforcement="HEALTHY")
PART = EventFeed("part", TOPIC, is_enabled=True, event_types=frozenset(ALL_EVENTS) - {"BOUNCE"})
SET_UP = Subscription("arn:s", tries=PATIENT_TRIES, dead_letters_arn=QUEUE)


@pytest.mark.parametrize(
    ("wrong", "said", "cure"),
    [
        ({"quota": replace(QUOTA, is_sending_enabled=False)}, "Sending is switched off for the account.", None),
        ({"quota": replace(QUOTA, is_production=False)}, "in the sandbox", None),
        ({"quota": replace(QUOTA, enforcement="PROBATION")}, "Amazon's verdict is PROBATION.", None),
        ({"set_sends": None}, "There is no configuration set “bulk-marketing”", "create_set"),
        ({"set_sends": False}, "switched off for the configuration set", None),
        ({"event_feeds": []}, "No event destination leads to a topic of ours.", "feed_everything"),
        ({"event_feeds": [PART]}, "“part” is not whole: BOUNCE are missing.", "feed_everything"),
        ({"event_feeds": [replace(PART, topic_arn="arn:other")]}, "No event destination leads to a topic of ours.", "feed_everything"),
        ({"subscribed": None}, "is not subscribed to", "subscribe"),
        ({"subscribed": Subscription(None)}, "has not confirmed its subscription", "subscribe"),
        ({"subscribed": replace(SET_UP, tries=3)}, "tried 3 times only", "be_patient"),
        ({"subscribed": replace(SET_UP, is_raw=True)}, "raw delivery", "unwrap_nothing"),
        ({"subscribed": replace(SET_UP, dead_letters_arn=None)}, "What SNS gives up is thrown away.", "keep_dead_letters"),
        ({"twilio": None}, "Twilio refused (20003).", None),
        ({"twilio": TwilioAccount("suspended", "Full")}, "The account is suspended.", None),
        ({"twilio": TwilioAccount("active", "Trial")}, "on trial", None),
    ],
)
def test_what_is_wrong_is_named_and_put_right_where_that_is_possible(examine, vendors, wrong, said, cure):
    for name, value in wrong.items():
        setattr(vendors, name, value)

    code, output = examine()
    fixed_code, fixed = examine("--fix")

    assert (code, said in output) == (1, True)
    assert ("--fix puts some of this right" in output) is (cure is not None)
    assert vendors.done == ([cure] if cure else [])
    assert fixed_code == (0 if cure else 1)
    assert ("Put right now" in fixed) is (cure is not None)


def test_events_that_were_given_up_are_counted_without_alarm(examine, vendors):
    vendors.letters = 7

    code, said = examine()

    assert (code, "advice" in said, f"7 events that we never took lie in {QUEUE}." in said) == (0, True, True)


def test_a_cure_that_is_refused_leaves_it_to_do(examine, vendors):
    vendors.subscribed, vendors.refuses = replace(SET_UP, tries=3), True

    code, said = examine("--fix")

    assert code == 1
    assert "It could not be put right: Amazon refused: AccessDenied" in said


@pytest.mark.parametrize(
    ("door", "said", "cure"),
    [
        (TextDoor("PN1", INBOUND, "POST"), "reach us.", None),
        (TextDoor("PN1", f"{INBOUND}#rc=3&rp=5xx,ct,rt", "POST"), "reach us.", None),
        (TextDoor("PN1", "", "POST"), "go nowhere: we hear of no STOP.", "point_number"),
        (TextDoor("PN1", "https://elsewhere.example.org/x", "POST"), "go to https://elsewhere.example.org/x", None),
        (None, "is not of this account.", None),
    ],
)
def test_texts_to_each_number_have_to_reach_us(examine, vendors, door, said, cure):
    sender = a_sender(an_organisation(), Channel.SMS)
    db.session.commit()
    vendors.doors = {sender.address: door} if door else {}

    found, output = examine()
    examine("--fix")

    assert (found, said in output) == (0 if said == "reach us." else 1, True)
    assert vendors.done == ([cure] if cure else [])


def test_a_service_may_leave_it_to_its_numbers(examine, vendors):
    service = "MG" + "0" * 32
    a_sender(an_organisation(), Channel.SMS, kind=SenderKind.MESSAGING_SERVICE, address=service)
    db.session.commit()
    vendors.doors = {service: TextDoor(service, None, None, follows_numbers=True)}

    code, said = examine()

    assert (code, "leaves it to its numbers" in said) == (0, True)


def test_names_that_nobody_can_text_back_to_are_not_asked_about(examine):
    a_sender(an_organisation(), Channel.SMS, kind=SenderKind.ALPHANUMERIC, address="Riverside")
    db.session.commit()

    assert examine()[0] == 0


@pytest.mark.usefixtures("vendors")
def test_missing_processes_are_named(app):
    result = app.test_cli_runner().invoke(args=["doctor"])

    assert result.exit_code == 1
    assert "Nobody is at work as: schedule, web, worker callbacks, worker default, worker sending, worker urgent." in result.output


def with_settings(app, **values):
    config = app.extensions["sendout"]
    return type(config)(**{name: getattr(config, name) for name in config.__slots__} | values)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"public_url": "http://127.0.0.1:8000"}, "nobody else reaches that"),
        ({"public_url": "http://mail.example.org"}, "PUBLIC_URL is not https"),
        ({"sns_topic_arns": ()}, "SNS_TOPIC_ARNS is empty"),
    ],
)
def test_settings_that_do_not_fit_together_are_named(app, examine, values, said):
    real = app.extensions["sendout"]
    app.extensions["sendout"] = with_settings(app, **values)
    code, output = examine()
    app.extensions["sendout"] = real

    assert (code, said in output) == (1, True)


def test_a_simulator_is_not_examined(app, examine, vendors):
    real = app.extensions["sendout"]
    url = "http://127.0.0.1:9100"
    app.extensions["sendout"] = with_settings(app, aws_endpoint_url_sesv2=url, twilio_api_url=url, public_url="http://127.0.0.1:8000")
    vendors.set_sends, vendors.twilio = None, None
    code, said = examine()
    app.extensions["sendout"] = real

    assert (code, said.count("skipped")) == (0, 2)
    assert json.dumps(vendors.done) == "[]"
