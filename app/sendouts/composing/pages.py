"""What every step of the composer shows: the steps, the summary at the right, and when it was saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, make_response, redirect, render_template, url_for

from app.domain.audience import skip_words
from app.domain.channels import Channel, ChannelPlan
from app.domain.rendering import TextTemplate
from app.domain.sendout_state import SendoutState
from app.domain.sms_segments import measure_text, plain_replacements
from app.domain.template_language import TemplateError
from app.lib.errors import Conflict
from app.messages.questions import sample_links, sms_source
from app.models import Sendout
from app.sendouts.blueprint import details_url
from app.sendouts.counting import AudienceCounts, reached_people, review_counts
from app.sendouts.filtered import chosen_filters
from app.sendouts.judgement import judgement_of
from app.sendouts.personal import PersonalCheck, template_faults
from app.sendouts.reviewing.outlook import Outlook, outlook_of
from app.sendouts.reviewing.problems import PART_WORDS
from app.web.filters import zone
from app.web.htmx import send_toasts

STEPS = (("audience", "Audience"), ("message", "Message"), ("options", "Options"), ("review", "Review"))
SAMPLE = 30  # people whose own text is measured while one types; Review measures them all


@dataclass(frozen=True, slots=True)
class TextSize:
    """How a text counts for the longest of some real people; `costly` are characters without which it would be fewer texts.

    `plain`: look-alikes in their place already make it fewer.
    """

    parts: int
    characters: int
    costly: tuple[str, ...]
    plain: bool


def step_page(sendout: Sendout, step: str, **context: Any) -> Response:
    """One step of the composer; what is no draft any more is shown where it went."""
    if sendout.state == SendoutState.SCHEDULED:
        return make_response(redirect(url_for("sendouts.review", sendout_id=sendout.id), 303))
    if sendout.state != SendoutState.DRAFT:
        return make_response(redirect(details_url(sendout.id), 303))
    return make_response(render_template(f"sendouts/compose_{step}.html", **frame(sendout, step), **context))


def saved_parts(sendout: Sendout, step: str) -> Response:
    """What changes on the page when something was saved: the time, the summary, and what is wrong with the words."""
    if sendout.state != SendoutState.DRAFT:
        raise Conflict("This send-out is on its way, so it can no longer be changed.")
    response = make_response(render_template("sendouts/_saved.html", **frame(sendout, step)))
    response.vary.add("HX-Request")
    send_toasts(response)
    return response


def frame(sendout: Sendout, step: str, outlook: Outlook | None = None) -> dict[str, Any]:
    """What all steps show, and what is wrong with the words where they are written.

    `outlook`: what it comes to, where that is known better than from a few people.
    """
    counts = review_counts(sendout)
    texts = _sample_texts(sendout) if outlook is None else []
    return {
        "sendout": sendout,
        "step": step,
        "steps": STEPS,
        "counts": counts,
        "outlook": outlook or _rough_outlook(sendout, counts, texts),
        "size": size_of(max(texts, key=len)) if texts else None,
        "faults": template_faults(sendout) if step == "message" else (),
        "saved_time": f"{sendout.saved_at.astimezone(zone()):%H:%M}",
        "named_filters": chosen_filters(sendout),
        "plan": ChannelPlan(sendout.channel_plan),
        "skip_words": skip_words,
        "PART_WORDS": PART_WORDS,
    }


def _rough_outlook(sendout: Sendout, counts: AudienceCounts, samples: Sequence[str]) -> Outlook:
    """What it comes to if everybody's text is as long as those of a few."""
    texts = counts.of(Channel.SMS)
    if not samples or texts is None:
        return outlook_of(sendout, counts, None)
    parts = sum(measure_text(each).segments for each in samples) / len(samples)
    return outlook_of(sendout, counts, PersonalCheck(counts.reached, len(samples), round(parts * (texts.messages + texts.waiting))))


def _sample_texts(sendout: Sendout) -> list[str]:
    """The texts of a few real people; none where there is no text, or it cannot be read."""
    if Channel.SMS not in ChannelPlan(sendout.channel_plan).channels:
        return []
    try:
        template, links = TextTemplate.parse(sms_source(sendout)), sample_links(sendout)
        people = [{**person.fields, **links} for person in reached_people(judgement_of(sendout), SAMPLE)]
        return [template.render(fields) for fields in people or [links]]
    except TemplateError:
        return []


def size_of(text: str) -> TextSize:
    """How a text counts."""
    measure = measure_text(text)
    look_alikes = plain_replacements(text)
    without = dict.fromkeys(measure.offending, "x") | look_alikes
    costly = measure.offending if _parts_with(without, text) < measure.segments else ()
    return TextSize(measure.segments, len(text), costly, _parts_with(look_alikes, text) < measure.segments)


def _parts_with(replaced: Mapping[str, str], text: str) -> int:
    return measure_text("".join(replaced.get(each, each) for each in text)).segments
