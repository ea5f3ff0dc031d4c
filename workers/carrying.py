"""The two carriers of a slot: how a claimed batch of e-mails is one call, and a batch of texts many."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.domain.channels import Channel
from app.domain.send_path import SendPath
from app.domain.sendout_state import SendoutState
from app.domain.sms_segments import measure_text
from app.domain.template_language import TemplateError
from app.extensions import db
from app.messages.campaign import EmailCampaign, TextCampaign, email_campaign, text_campaign
from app.messages.claiming import Claim, Recipient, Work
from app.messages.quota import ses_rate
from app.messages.rates import Bucket
from app.messages.send_path import carrier_of
from app.messages.urls import MessageUrls, own_urls
from app.models import Sendout
from app.providers.base import EmailCall, Outcome, OutgoingEmail, OutgoingText, Refused
from app.providers.twilio import status_callback_url
from app.web.installation import CALLS_AT_ONCE, providers, settings
from workers.pacing import MailPath

log = structlog.get_logger(__name__)

PAUSED_WITHIN_SECONDS = 0.5
RATE_SECONDS = 1.0  # for which an account's rate is believed

NOT_PERSONAL = Refused("render", "It could not be personalised for this person.")


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What the provider answered to each, in order; `tokens` is what it cost of the allowance.

    `path` is by which e-mail went, where there was a choice.
    """

    outcomes: list[Outcome]
    tokens: int
    segments: tuple[int, ...] = ()
    path: SendPath | None = None


class Carrier(Protocol):
    """Hands over the batches of one channel."""

    channel: Channel

    def bucket(self, work: Work) -> Bucket:
        """The allowance that the next batch of this send-out draws on."""
        ...

    def hand_over(self, claimed: Claim) -> HandedOver:
        """Call the provider for a claimed batch. Raises nothing: what cannot be rendered is refused."""
        ...

    def learn(self, handed: HandedOver, bucket: Bucket) -> None:
        """Take what was answered as a lesson for the next call, once it is written down. Raises RedisError."""
        ...


class EmailSlot:
    """Hands e-mail over: one call a batch, what is the same for everybody once; or one by one where the account wants it so."""

    channel = Channel.EMAIL

    def __init__(self, *, is_urgent: bool = False) -> None:
        self._is_urgent = is_urgent
        self._campaigns: dict[int, EmailCampaign | TemplateError] = {}
        self._urls = own_urls()
        self._path = MailPath()
        self._bucket = Bucket("ses", None)
        self._rate_known_at = float("-inf")

    def bucket(self, work: Work) -> Bucket:  # noqa: ARG002  the account's limit is the same whatever is sent
        """The account's: SES counts over everything that it sends. Looks which path is to be taken, too: there is no claim yet."""
        self._path.look()
        if time.monotonic() - self._rate_known_at > RATE_SECONDS:
            self._bucket = Bucket("ses", ses_rate(providers().account_quota), is_urgent=self._is_urgent)
            self._rate_known_at = time.monotonic()
        return self._bucket

    def hand_over(self, claimed: Claim) -> HandedOver:
        """Render, call, answer in order; a person whose e-mail cannot be rendered is refused and the others go."""
        if not claimed.recipients:
            return HandedOver([], 0)
        campaign = self._campaign(claimed.sendout_id)
        if isinstance(campaign, TemplateError):
            return HandedOver([Refused("render", str(campaign))] * len(claimed.recipients), 0)
        rendered = [self._outgoing(campaign, claimed, recipient) for recipient in claimed.recipients]
        outgoing = [each for each in rendered if each is not None]
        path = self._path.current
        answers = carrier_of(path).hand_over(_call(campaign, outgoing, _Running(claimed.sendout_id))) if outgoing else []
        each_answer = iter(answers)
        outcomes = [NOT_PERSONAL if each is None else next(each_answer) for each in rendered]
        return HandedOver(outcomes, len(outgoing), path=path if outgoing and not campaign.attachments else None)

    def learn(self, handed: HandedOver, bucket: Bucket) -> None:
        """Whether bulk calls are held back is learnt from them."""
        if handed.path is not None:
            self._path.learn(handed.path, handed.outcomes, bucket.per_second)

    def _campaign(self, sendout_id: int) -> EmailCampaign | TemplateError:
        if sendout_id not in self._campaigns:
            try:
                self._campaigns[sendout_id] = email_campaign(db.session.get_one(Sendout, sendout_id))
            except TemplateError as problem:
                self._campaigns[sendout_id] = problem
            db.session.commit()
        return self._campaigns[sendout_id]

    def _outgoing(self, campaign: EmailCampaign, claimed: Claim, recipient: Recipient) -> OutgoingEmail | None:
        try:
            slots = campaign.slots(recipient.message_id, recipient.fields, self._urls)
        except TemplateError:
            log.warning("e-mail could not be personalised", message_id=recipient.message_id)
            return None
        headers = {"List-Unsubscribe": f"<{slots['unsubscribe']}>"} if campaign.is_marketing else {}
        return OutgoingEmail(recipient.message_id, claimed.attempt, recipient.address, slots, headers)


class _Running:
    """Whether a send-out still runs, for batches that go person by person: they may take longer than anybody waits for a pause."""

    def __init__(self, sendout_id: int) -> None:
        self._sendout_id = sendout_id
        self._looked_at = time.monotonic()

    def __call__(self) -> bool:
        if time.monotonic() - self._looked_at < PAUSED_WITHIN_SECONDS:
            return True
        self._looked_at = time.monotonic()
        try:
            state = db.session.scalar(select(Sendout.state).where(Sendout.id == self._sendout_id))
            db.session.commit()
        except SQLAlchemyError:
            db.session.rollback()
            return True  # nobody can have paused it where nothing can be written
        return state == SendoutState.RUNNING


def _call(campaign: EmailCampaign, outgoing: Sequence[OutgoingEmail], goes_on: Callable[[], bool]) -> EmailCall:
    return EmailCall(
        sender=campaign.sender,
        reply_to=campaign.reply_to,
        answers_to=campaign.answers_to,
        subject=campaign.template.subject,
        text=campaign.text,
        html=campaign.html,
        headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"} if campaign.is_marketing else {},
        messages=outgoing,
        configuration_set=settings().ses_configuration_set,
        attachments=campaign.attachments,
        provider_tracking=campaign.is_tracked_by_provider,
        goes_on=goes_on,
    )


class TextSlot:
    """Hands texts over: many calls at once, as many as the sender's rate allows."""

    channel = Channel.SMS

    def __init__(self, *, is_urgent: bool = False) -> None:
        self._is_urgent = is_urgent
        self._campaigns: dict[int, TextCampaign | TemplateError] = {}
        self._public_url = settings().public_url
        self._urls = own_urls()
        self._texts = providers().texts

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(CALLS_AT_ONCE, thread_name_prefix="texts")

    def bucket(self, work: Work) -> Bucket:
        """The sender's, in segments; texts that cannot be read are refused without any."""
        campaign = self._campaign(work.sendout_id)
        if isinstance(campaign, TemplateError):
            return Bucket("unreadable", None)
        return Bucket(f"sms-{campaign.sender_id}", campaign.segments_per_second, is_urgent=self._is_urgent)

    def hand_over(self, claimed: Claim) -> HandedOver:
        """Render and call each; a text of several segments puts the sender's bucket into debt."""
        campaign = self._campaign(claimed.sendout_id)
        if isinstance(campaign, TemplateError):
            return HandedOver([Refused("render", str(campaign))] * len(claimed.recipients), 0)
        bodies = [_body(campaign, recipient, self._urls) for recipient in claimed.recipients]
        segments = tuple(measure_text(body).segments if body is not None else 0 for body in bodies)
        pairs = zip(claimed.recipients, bodies, strict=True)
        outcomes = list(self._pool.map(lambda pair: self._send(campaign, claimed, *pair), pairs))
        return HandedOver(outcomes, sum(segments), segments)

    def learn(self, handed: HandedOver, bucket: Bucket) -> None:
        """There is one way of texting, and nothing to choose."""

    def _send(self, campaign: TextCampaign, claimed: Claim, recipient: Recipient, body: str | None) -> Outcome:
        if body is None:
            return NOT_PERSONAL
        callback = status_callback_url(self._public_url, recipient.message_id, claimed.attempt)
        return self._texts.hand_over(
            OutgoingText(recipient.message_id, claimed.attempt, recipient.address, campaign.sender, body, callback)
        )

    def _campaign(self, sendout_id: int) -> TextCampaign | TemplateError:
        if sendout_id not in self._campaigns:
            try:
                self._campaigns[sendout_id] = text_campaign(db.session.get_one(Sendout, sendout_id))
            except TemplateError as problem:
                self._campaigns[sendout_id] = problem
            db.session.commit()
        return self._campaigns[sendout_id]


def _body(campaign: TextCampaign, recipient: Recipient, urls: MessageUrls) -> str | None:
    try:
        return campaign.body(recipient.message_id, recipient.fields, urls)
    except TemplateError:
        log.warning("text could not be personalised", message_id=recipient.message_id)
        return None
