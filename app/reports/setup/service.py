"""Tests to oneself, and the DNS entries of a domain."""

from dataclasses import dataclass

import structlog

from app.domain.addresses import normalise_number
from app.domain.channels import Channel
from app.domain.mailbox_providers import domain_of
from app.domain.sending_domain import DnsRecord, Identity, Standing, dns_records, identities_for, standing_of
from app.extensions import db
from app.jobs import SEND_SETUP_TEST, enqueue_after_commit
from app.lib.errors import Conflict, Unavailable
from app.models import Organisation, Sender, SetupTest, User
from app.providers.base import CannotAsk
from app.sendouts.composing.queries import senders_of
from app.web.installation import providers

_STANDING_WORDS = {
    Standing.FREE_MAIL: "Nobody but {domain} may send in its name: use an address of a domain of your own.",
    Standing.UNKNOWN: "Amazon does not know {domain} yet.",
    Standing.AWAITED: "Amazon looks for its entries in the DNS of {domain}, and does not find them yet.",
    Standing.VERIFIED: "Amazon may send in its name.",
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What Amazon says of an address; `standing` None: it did not say."""

    sender_id: int
    address: str
    domain: str
    standing: Standing | None
    records: tuple[DnsRecord, ...] = ()

    @property
    def is_fine(self) -> bool:
        """Whether e-mail can leave from it."""
        return self.standing is Standing.VERIFIED

    @property
    def words(self) -> str:
        """How it stands, in a sentence."""
        if self.standing is None:
            return "Amazon gave no answer just now."
        return _STANDING_WORDS[self.standing].format(domain=self.domain)


def send_test_mail(organisation_id: int, user: User) -> None:
    """Have an e-mail sent to whoever asks. Raises Conflict without an address to send from."""
    _ask_for(SetupTest(organisation_id=organisation_id, user_id=user.id, channel=Channel.EMAIL, address=user.email))


def send_test_text(organisation_id: int, user: User, typed: str) -> None:
    """Have a text sent to a phone; the number is kept as that of whoever asks. Raises Conflict, and InvalidAddress."""
    user.phone_number = normalise_number(typed, db.session.get_one(Organisation, organisation_id).country)
    _ask_for(SetupTest(organisation_id=organisation_id, user_id=user.id, channel=Channel.SMS, address=user.phone_number))


def ask_amazon(sender: Sender) -> Told:
    """What Amazon says of an address that e-mail leaves from."""
    domain = domain_of(sender.address)
    try:
        known = _known(sender.address)
    except CannotAsk as problem:
        log.warning("identity not asked about", problem=str(problem))
        return Told(sender.id, sender.address, domain, None)
    standing = standing_of(sender.address, known)
    records = dns_records(domain, known[domain]) if standing is Standing.AWAITED else []
    return Told(sender.id, sender.address, domain, standing, tuple(records))


def begin_domain(sender: Sender) -> None:
    """Have Amazon look out for the domain's DNS entries. Raises Unavailable."""
    try:
        providers().ses_setup.begin_domain(domain_of(sender.address))
    except CannotAsk as problem:
        log.warning("domain not begun", problem=str(problem))
        raise Unavailable(
            "Amazon did not take the domain just now. Try again in a minute; if it stays so, whoever runs this service has to look "
            "at its access key."
        ) from problem


def _known(address: str) -> dict[str, Identity]:
    """What Amazon knows of an address and the domains over it, as far as one that is verified.

    It takes one such question a second: when it has told of the domain and will not of the others, that is what is known.
    """
    known: dict[str, Identity] = {}
    for place, name in enumerate(identities_for(address)):
        try:
            found = providers().ses_setup.identity(name)
        except CannotAsk:
            if place == 0:
                raise
            break
        if found is not None:
            known[name] = found
            if found.is_verified:
                break
    return known


def _ask_for(test: SetupTest) -> None:
    if not senders_of(test.organisation_id, Channel(test.channel)):
        raise Conflict("There is nothing to send it from yet. Add a sender first.")
    db.session.add(test)
    db.session.flush()
    enqueue_after_commit(SEND_SETUP_TEST, test.id, job_id=f"setup-test-{test.id}")
