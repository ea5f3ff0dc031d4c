"""How far an organisation is set up, read from what is there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from babel import Locale
from sqlalchemy import exists, func, select

from app.domain.channels import Channel
from app.domain.senders import SenderKind
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import NotFound
from app.models import InboundText, Organisation, Participant, Sender, SetupTest
from app.reports.service.account import account
from app.users.organisation.queries import organisation, senders

WAITS = timedelta(minutes=5)  # longer than a test waits for a worker and the worker for the provider


@dataclass(frozen=True, slots=True)
class Tested:
    """The last test of a channel. `answered_at`: when a text came back from the phone that it went to."""

    test: SetupTest
    answered_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether the provider's answer is still to come."""
        return self.test.taken_at is None and self.test.problem is None and not self.is_forgotten

    @property
    def is_forgotten(self) -> bool:
        """Whether nobody seems to be there to send it."""
        return self.test.taken_at is None and self.test.problem is None and now() - self.test.created_at > WAITS


@dataclass(frozen=True, slots=True)
class SetUp:
    """Everything that the lines say, but for what Amazon has to be asked about."""

    organisation: Organisation
    mail_senders: list[Sender]
    text_senders: list[Sender]
    mail: Tested | None
    text: Tested | None
    has_people: bool

    @property
    def place(self) -> str:
        """Country, time zone and language in words: "United Kingdom, Europe/London, English"."""
        club, names = self.organisation, Locale("en")
        country, language = names.territories.get(club.country, club.country), names.languages.get(club.language, club.language)
        return f"{country}, {club.time_zone.replace('_', ' ')}, {language}"

    @property
    def next_line(self) -> str:
        """The first line that sending by e-mail still lacks; empty when it lacks none."""
        lacking = {
            "name": not self.organisation.postal_address,
            "from": not self.mail_senders,
            "mail": not self.is_mail_done,
            "people": not self.has_people,
        }
        return next((line for line, is_lacking in lacking.items() if is_lacking), "")

    @property
    def is_answerable(self) -> bool:
        """Whether a text to one's phone can be answered."""
        return any(sender.kind != SenderKind.ALPHANUMERIC for sender in self.text_senders)

    @property
    def is_mail_done(self) -> bool:
        """Whether an e-mail to oneself was taken."""
        return self.mail is not None and self.mail.test.taken_at is not None

    @property
    def is_text_done(self) -> bool:
        """Whether a text to one's phone was taken, and answered where it can be."""
        if self.text is None or self.text.test.taken_at is None:
            return False
        return self.text.answered_at is not None or not self.is_answerable


def set_up_of(organisation_id: int) -> SetUp:
    """How far it is."""
    in_use = [sender for sender in senders(organisation_id) if not sender.is_archived]
    return SetUp(
        organisation(organisation_id),
        [sender for sender in in_use if sender.channel == Channel.EMAIL],
        [sender for sender in in_use if sender.channel == Channel.SMS],
        _tested(organisation_id, Channel.EMAIL),
        _tested(organisation_id, Channel.SMS),
        bool(db.session.scalars(select(exists().where(Participant.organisation_id == organisation_id))).one()),
    )


def unasked(organisation_id: int) -> dict[str, Any]:
    """What the template of the lines takes, before Amazon was asked and anything typed."""
    return {"shown": set_up_of(organisation_id), "told": (), "is_asked": False, "account": account(), "typed": "", "error": ""}


def mail_sender(organisation_id: int, sender_id: int) -> Sender:
    """An address in use that e-mail leaves from; raises NotFound."""
    found = next((each for each in senders(organisation_id) if each.id == sender_id and not each.is_archived), None)
    if found is None or found.channel != Channel.EMAIL:
        raise NotFound("There is no such address to send e-mail from.")
    return found


def _tested(organisation_id: int, channel: Channel) -> Tested | None:
    asked = select(SetupTest).where(SetupTest.organisation_id == organisation_id, SetupTest.channel == channel)
    last = db.session.scalars(asked.order_by(SetupTest.id.desc()).limit(1)).one_or_none()
    if last is None:
        return None
    came_back = select(func.min(InboundText.received_at)).where(
        InboundText.organisation_id == organisation_id,
        InboundText.channel == channel,
        InboundText.from_number == last.address,
        InboundText.received_at >= last.created_at,
    )
    return Tested(last, db.session.scalars(came_back).one() if channel is Channel.SMS else None)
