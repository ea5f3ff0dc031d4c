"""What stands against sending a draft, and what its author may want to think about again: each a sentence and the step to go to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.keywords import invites_opt_out
from app.domain.rule_words import rule_words
from app.domain.senders import SenderKind
from app.extensions import db
from app.models import Organisation, Sendout
from app.sendouts.composing.asking import doubts_in_asking, faults_in_asking
from app.sendouts.composing.queries import sender_of
from app.sendouts.composing.service import text_opening
from app.sendouts.counting import AudienceCounts
from app.sendouts.filtered import chosen_filters
from app.sendouts.personal import template_faults
from app.sendouts.reviewing.links import doubtful_links


class Step(StrEnum):
    """Where in the composer something is put right."""

    AUDIENCE = "audience"
    MESSAGE = "message"
    OPTIONS = "options"


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence for the author, and where to put it right."""

    words: str
    step: Step


def blockers(sendout: Sendout, counts: AudienceCounts) -> list[Problem]:
    """What must be put right before it can be sent."""
    channels = ChannelPlan(sendout.channel_plan).channels
    found = list(_audience_blockers(sendout, counts))
    if Channel.EMAIL in channels:
        found += _email_blockers(sendout)
    if Channel.SMS in channels:
        found += _text_blockers(sendout)
    found += [Problem(words, Step.OPTIONS) for words in faults_in_asking(sendout)]
    found += [Problem(f"{PART_WORDS[fault.part]}, line {fault.line}: {fault.words}.", Step.MESSAGE) for fault in template_faults(sendout)]
    return found


def warnings(sendout: Sendout) -> list[Problem]:
    """What may be meant so, and often is not."""
    channels = ChannelPlan(sendout.channel_plan).channels
    found: list[Problem] = []
    if Channel.EMAIL in channels:
        found += _email_warnings(sendout)
    if Channel.SMS in channels:
        found += _text_warnings(sendout)
    return found + [Problem(words, Step.OPTIONS) for words in doubts_in_asking(sendout)]


PART_WORDS = {"subject": "Subject", "preview_text": "Preview text", "html": "E-mail", "text": "Plain-text part", "sms": "Text"}

_NO_REPLY = re.compile(r"^(no-?_?reply|do-?_?not-?_?reply|nicht-?antworten|ne-?pas-?repondre)", re.IGNORECASE)
_LINK = re.compile(r"https?://\S+")


def _audience_blockers(sendout: Sendout, counts: AudienceCounts) -> Iterator[Problem]:
    if sendout.communication_type is None:
        yield Problem("Say what kind of message this is.", Step.AUDIENCE)
    for chosen in chosen_filters(sendout):
        if chosen.filter.troubles:  # nobody would get it by this one, nor be left out by it
            yield Problem(f"The filter “{chosen.filter.name}” finds nobody: {chosen.filter.troubles[0]}", Step.AUDIENCE)
    rule = rule_words(sendout.audience_rule)
    if not counts.people and rule and rule.is_whole:
        yield Problem("Nobody is left for whom this is meant: look at the earlier one.", Step.AUDIENCE)
    elif not counts.people:
        yield Problem("Nobody is in the audience yet: choose a list or a person.", Step.AUDIENCE)
    elif not counts.reached:
        yield Problem("Nobody of this audience can be reached this way.", Step.AUDIENCE)


def _email_blockers(sendout: Sendout) -> Iterator[Problem]:
    if sender_of(sendout, Channel.EMAIL) is None:
        yield Problem("Choose the address that the e-mail comes from.", Step.OPTIONS)
    if not sendout.subject:
        yield Problem("The e-mail has no subject.", Step.MESSAGE)
    if not has_words(sendout.html):
        yield Problem("The e-mail is empty.", Step.MESSAGE)
    if sendout.communication_type == CommunicationType.MARKETING and not _organisation(sendout).postal_address.strip():
        yield Problem("News and offers must name your postal address: an owner can add it under Settings.", Step.AUDIENCE)


def _text_blockers(sendout: Sendout) -> Iterator[Problem]:
    sender = sender_of(sendout, Channel.SMS)
    if sender is None:
        yield Problem("Choose the number that the text comes from.", Step.OPTIONS)
    if sendout.sms_body.strip() in {"", text_opening(_organisation(sendout)).strip()}:
        yield Problem("The text is empty.", Step.MESSAGE)
    elif sender is not None and sender.kind == SenderKind.ALPHANUMERIC and not _LINK.search(sendout.sms_body):
        words = f"Nobody can answer STOP to a name ({sender.address}): add a link on which people can say no, or send from a number."
        yield Problem(words, Step.MESSAGE)


def _email_warnings(sendout: Sendout) -> Iterator[Problem]:
    if not sendout.reply_to:
        yield Problem("Answers go to the address that the e-mail comes from. Does somebody read it?", Step.OPTIONS)
    elif _NO_REPLY.match(sendout.reply_to):
        yield Problem(f"Answers go to {sendout.reply_to}, where nobody seems to read them.", Step.OPTIONS)
    for doubt in doubtful_links(sendout.html):
        yield Problem(doubt, Step.MESSAGE)


def _text_warnings(sendout: Sendout) -> Iterator[Problem]:
    if warning := invites_opt_out(sendout.sms_body):
        yield Problem(warning, Step.MESSAGE)
    name = _organisation(sendout).short_name
    if name.lower() not in sendout.sms_body.lower():
        yield Problem(f"The text does not say whom it is from: begin it with “{name}”.", Step.MESSAGE)


def has_words(html: str) -> bool:
    """Whether a reader of this mail would see anything: words or a picture."""
    return "<img" in html or bool(re.sub(r"<style.*?</style>|<[^>]*>|&nbsp;|\s", "", html, flags=re.DOTALL))


def _organisation(sendout: Sendout) -> Organisation:
    return db.session.get_one(Organisation, sendout.organisation_id)
