"""What SES does with a mail after it has said yes: its events one after another, and the reader's turn."""

from collections import OrderedDict
from functools import partial

from simulator import clock
from simulator.account import Account
from simulator.behaviour import SEND, SUPPRESSED, SUPPRESSED_COMPLAINER, MailFate, Moment, Oracle, Visit
from simulator.faults import CallFault
from simulator.ledger import Acceptance, Ledger
from simulator.mail import Mail, bare_address
from simulator.outbox import Outbox
from simulator.readers import Readers
from simulator.ses_events import event_message
from simulator.settings import Settings
from simulator.sns import Topic

MOST_MAILS_KEPT = 20_000
_HASTE = 0.02  # seconds between events that must overtake the answer


class PostOffice:
    """Takes accepted mails, keeps the latest for the mailbox page, and plays out the fate of each."""

    def __init__(self, settings: Settings, account: Account, topic: Topic, outbox: Outbox, readers: Readers) -> None:
        self._settings, self._account, self._topic = settings, account, topic
        self._outbox, self._readers = outbox, readers
        self._oracle = Oracle(settings.seed, settings.probabilities)
        self.mails: OrderedDict[str, Mail] = OrderedDict()
        readers.publish = self.publish

    def refuses(self, mail: Mail) -> bool:
        return any(self._oracle.mail_fate(bare_address(address))[0].refused for address in mail.to)

    def take(self, mail: Mail, ledger: Ledger, fault: CallFault, *, early: bool) -> None:
        """Accept for good: written down, counted, and on its way."""
        ledger.record(
            Acceptance("ses", mail.message_id, ", ".join(mail.to), mail.call.operation, mail.tags, sender=mail.call.source, fault=fault)
        )
        self._account.count_sent(len(mail.to))
        self.mails[mail.message_id] = mail
        if len(self.mails) > MOST_MAILS_KEPT:
            self.mails.popitem(last=False)
        fate, visits = self._fate(mail)
        self._next(mail, fate, visits, early=early)

    def publish(self, mail: Mail, moment: Moment) -> None:
        """Let something happen to a mail now; an event leaves only if its call named a configuration set."""
        at = clock.now()
        mail.story.append((at, _told(moment)))
        wanted = self._settings.event_types
        if mail.call.configuration_set and (not wanted or moment.event in wanted):
            self._topic.publish(mail.message_id, partial(event_message, mail, moment, at))

    def _fate(self, mail: Mail) -> tuple[tuple[Moment, ...], tuple[Visit, ...]]:
        missing = mail.call.template.first_missing(mail.data)
        if missing is not None:
            words = f"Attribute '{missing}' is not present in the rendering data."
            return (Moment("Rendering Failure", 1.0, {"errorMessage": words, "templateName": mail.call.template.name}),), ()
        suppression = self._account.suppressed.get(mail.recipient.lower())
        if suppression is not None:
            return (SEND, SUPPRESSED_COMPLAINER if suppression.reason == "COMPLAINT" else SUPPRESSED), ()
        fate, named = self._oracle.mail_fate(mail.recipient)
        if not named:
            self._suppress_as_ses_would(mail, fate)
        return fate.moments, fate.visits

    def _suppress_as_ses_would(self, mail: Mail, fate: MailFate) -> None:
        """As with Amazon's own simulator addresses, those named in the tables never get onto the list."""
        for moment in fate.moments:
            if moment.event == "Complaint":
                self._account.suppress(mail.recipient, "COMPLAINT")
            elif moment.event == "Bounce" and (moment.detail or {}).get("bounceType") == "Permanent":
                self._account.suppress(mail.recipient, "BOUNCE")

    def _next(self, mail: Mail, moments: tuple[Moment, ...], visits: tuple[Visit, ...], *, early: bool = False) -> None:
        if not moments:
            return
        moment, *rest = moments
        wait = _HASTE if early and moment.steps <= 1 else moment.steps * self._settings.step
        self._outbox.later(wait, partial(self._happen, mail, moment, (tuple(rest), visits, early)))

    def _happen(self, mail: Mail, moment: Moment, after: tuple[tuple[Moment, ...], tuple[Visit, ...], bool]) -> None:
        moments, visits, early = after
        self.publish(mail, moment)
        if moment.event == "Delivery":
            mail.delivered_at = clock.now()
            self._readers.plan(mail, visits)
        self._next(mail, moments, visits, early=early)


def _told(moment: Moment) -> str:
    detail = moment.detail or {}
    about = " ".join(
        str(detail[key]) for key in ("bounceType", "bounceSubType", "delayType", "complaintFeedbackType", "errorMessage") if detail.get(key)
    )
    return f"{moment.event}: {about}" if about else moment.event
