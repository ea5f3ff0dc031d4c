"""Tests of the set-up: an e-mail to oneself, a text to one's phone. What the provider answered is kept for the page that asked."""

from collections.abc import Callable

import structlog

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.lib.clock import now
from app.lib.storable import storable_text
from app.messages.send_path import carrier_now
from app.models import Organisation, Sender, SetupTest
from app.providers.base import Accepted, Outcome, OutgoingText, Refused, Throttled
from app.sendouts.composing.queries import senders_of
from app.web.installation import providers, settings
from workers.runtime import job
from workers.team_mail import Said, team_mail
from workers.trying import patiently

NO_SENDER = "There is nothing to send it from any more."
NO_ANSWER = "It was handed over, but no answer came. Look whether it has arrived."

log = structlog.get_logger(__name__)


@job
def send_setup_test(test_id: int) -> None:
    """Send it, unless it was answered already."""
    test = db.session.get(SetupTest, test_id)
    if test is None or test.taken_at is not None or test.problem is not None:
        return
    sender = _sender(test)
    if sender is None:
        test.problem = NO_SENDER
        db.session.commit()
        return
    hand_over = _mail(test, sender) if test.channel == Channel.EMAIL else _text(test, sender)
    db.session.commit()  # the connection is free while the provider takes its time
    outcome = patiently(hand_over)
    log.info("set-up tested", test_id=test_id, outcome=type(outcome).__name__)
    _note(test, outcome)
    db.session.commit()


def _sender(test: SetupTest) -> Sender | None:
    """The first; of those for texts one that can be answered, if there is one."""
    found = senders_of(test.organisation_id, Channel(test.channel))
    return min(found, key=lambda sender: sender.kind == SenderKind.ALPHANUMERIC, default=None)


def _mail(test: SetupTest, sender: Sender) -> Callable[[], Outcome]:
    club = db.session.get_one(Organisation, test.organisation_id).name
    lines = (
        f"This is the test that was asked for under Set up, for {club}.",
        "You can read it, so e-mail works. Did it come into the spam folder? Then the entries in your domain's DNS are not all there yet.",
    )
    call = team_mail(sender, Said((test.address,), f"{club} can send e-mail", lines), f"{settings().public_url}/set-up")
    carrier = carrier_now()
    return lambda: carrier.hand_over(call)[0]


def _text(test: SetupTest, sender: Sender) -> Callable[[], Outcome]:
    club = db.session.get_one(Organisation, test.organisation_id).short_name
    answer = "" if sender.kind == SenderKind.ALPHANUMERIC else " Answer with any word, to see that answers arrive."
    outgoing = OutgoingText(None, 1, test.address, sender.address, f"{club}: texts work.{answer}", None)
    texts = providers().texts
    return lambda: texts.hand_over(outgoing)


def _note(test: SetupTest, outcome: Outcome) -> None:
    if isinstance(outcome, Accepted):
        test.taken_at = now()
    elif isinstance(outcome, Refused):
        test.problem = storable_text(outcome.words)
    elif isinstance(outcome, Throttled):
        test.problem = storable_text(outcome.hold or outcome.words)
    else:
        test.problem = NO_ANSWER
