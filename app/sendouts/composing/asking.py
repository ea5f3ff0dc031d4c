"""What a draft asks of its readers: to confirm that they have read it, and a question with choices."""

from collections.abc import Iterator
from dataclasses import dataclass

from app.domain.channels import Channel, ChannelPlan
from app.domain.keywords import Keyword, read_keyword
from app.domain.questions import FEWEST_CHOICES, LONGEST_QUESTION, choices_in
from app.lib.clock import now
from app.models import Sendout
from app.sendouts.composing.forms import Form, line, lines
from app.sendouts.composing.service import draft_of
from app.sendouts.running import Actor


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked; no question without words."""

    asks_confirmation: bool
    question: str
    choices: list[str]


def asking_in(form: Form) -> Asking:
    """Read it from the composer's form. A question whose box is not ticked is none."""
    is_asked = "asks_question" in form
    return Asking(
        "asks_confirmation" in form,
        line(form, "question")[:LONGEST_QUESTION] if is_asked else "",
        choices_in(lines(form, "choices")) if is_asked else [],
    )


def save_asking(sendout_id: int, actor: Actor, asking: Asking) -> None:
    """Save it with the draft."""
    sendout = draft_of(sendout_id, actor)
    sendout.asks_confirmation = asking.asks_confirmation
    sendout.question = asking.question
    sendout.choices = asking.choices
    sendout.saved_at = now()


def faults_in_asking(sendout: Sendout) -> Iterator[str]:
    """What must be put right before it can be asked, in words for its author."""
    if sendout.question and len(sendout.choices) < FEWEST_CHOICES:
        yield "The question needs at least two answers to choose from."
    if sendout.choices and not sendout.question:
        yield "There are answers to choose from, and no question."


def doubts_in_asking(sendout: Sendout) -> Iterator[str]:
    """Answers that phone networks take for something else."""
    if Channel.SMS not in ChannelPlan(sendout.channel_plan).channels:
        return
    for choice in sendout.choices:
        if read_keyword(choice) in (Keyword.STOP, Keyword.LIKELY_STOP):
            yield f"Whoever texts back “{choice}” instead of its number gets no more texts from you. Use other words."
