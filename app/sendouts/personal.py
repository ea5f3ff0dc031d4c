"""A draft's words, tried on its real audience: what cannot be filled in, what stays blank, and what the texts come to."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from app.domain.channels import Channel, ChannelPlan
from app.domain.mail_html import text_from_html
from app.domain.rendering import EmailTemplate, TextTemplate
from app.domain.sms_segments import measure_text
from app.domain.template_language import TemplateError, parse_part
from app.lib.catalogue import LANGUAGES
from app.messages.fields import LANGUAGE
from app.messages.questions import sample_links, sms_source
from app.models import Sendout
from app.sendouts.counting import AudienceCounts, Reached, reached_people
from app.sendouts.judgement import judgement_of

MOST_CHECKED = 20_000  # a second and a half of rendering: what a person waits for
NAMED = 20
_PERSONAL = ("{{", "{%")


@dataclass(frozen=True, slots=True)
class Named:
    """A person, and what is the matter with their message."""

    participant_id: int
    name: str
    words: str


@dataclass(slots=True)
class PersonalCheck:
    """What trying showed over `checked` of `people`. `texts` is what the texts come to, carried forward where not everybody was tried."""

    people: int
    checked: int = 0
    texts: int = 0
    longest: int = 0
    missing_count: int = 0
    missing: list[Named] = field(default_factory=list)
    fault_count: int = 0
    faults: list[Named] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everybody was tried."""
        return self.checked >= self.people


def template_faults(sendout: Sendout) -> list[TemplateError]:
    """What cannot be read in the parts that this send-out uses, at most one a part."""
    return [problem for part in _parsings(sendout) if (problem := _fault(part)) is not None]


def personal_check(sendout: Sendout, counts: AudienceCounts) -> PersonalCheck:
    """Try the words on those who would get them. Only for parts without faults; words without a field are tried once for all."""
    texts = counts.of(Channel.SMS)
    text_rows = texts.messages + texts.waiting if texts else 0
    if not _is_personal(sendout):
        longest = measure_text(sms_source(sendout)).segments if texts else 0
        return PersonalCheck(counts.reached, checked=counts.reached, texts=longest * text_rows, longest=longest)
    check = PersonalCheck(counts.reached)
    trial = _Trial(sendout, check)
    for person in reached_people(judgement_of(sendout), MOST_CHECKED):
        trial.try_on(person)
    check.texts = round(trial.parts * text_rows / trial.text_rows) if trial.text_rows else 0
    return check


class _Trial:
    """The parsed words of a draft, and what came of trying them."""

    def __init__(self, sendout: Sendout, check: PersonalCheck) -> None:
        channels = ChannelPlan(sendout.channel_plan).channels
        self._email = _email(sendout) if Channel.EMAIL in channels else None
        self._sms = TextTemplate.parse(sms_source(sendout)) if Channel.SMS in channels else None
        self._check = check
        self._links = {each: sample_links(sendout, each) for each in (*LANGUAGES, None)}
        self.parts = 0
        self.text_rows = 0

    def try_on(self, person: Reached) -> None:
        """Write this person's messages, and note what is amiss with them."""
        self._check.checked += 1
        try:
            blank = self._blank_in_email(person) + self._blank_in_text(person)
        except TemplateError as problem:
            self._check.fault_count += 1
            _note(self._check.faults, person, str(problem))
            return
        if blank:
            self._check.missing_count += 1
            _note(self._check.missing, person, ", ".join(dict.fromkeys(blank)))

    def _blank_in_email(self, person: Reached) -> list[str]:
        return self._email.missing_fields(person.fields) if self._email and Channel.EMAIL in person.channels else []

    def _blank_in_text(self, person: Reached) -> list[str]:
        if self._sms is None or Channel.SMS not in person.channels:
            return []
        fields = {**person.fields, **self._links.get(person.fields[LANGUAGE], self._links[None])}
        parts = measure_text(self._sms.render(fields)).segments
        self.parts += parts
        self.text_rows += 1
        self._check.longest = max(self._check.longest, parts)
        return self._sms.missing_fields(fields)


def _note(noted: list[Named], person: Reached, words: str) -> None:
    if len(noted) < NAMED:
        noted.append(Named(person.participant_id, person.name, words))


def _email(sendout: Sendout) -> EmailTemplate:
    return EmailTemplate.parse(sendout.subject, sendout.preview_text + sendout.html, sendout.text or text_from_html(sendout.html))


def _is_personal(sendout: Sendout) -> bool:
    parts = (sendout.subject, sendout.preview_text, sendout.html, sendout.text or "", sms_source(sendout))
    return any(mark in part for part in parts for mark in _PERSONAL)


def _parsings(sendout: Sendout) -> Iterator[Callable[[], object]]:
    channels = ChannelPlan(sendout.channel_plan).channels
    if Channel.EMAIL in channels:
        yield lambda: EmailTemplate.parse(sendout.subject, "", "")
        yield lambda: parse_part(sendout.preview_text, "preview_text", is_html=True)
        yield lambda: EmailTemplate.parse("", sendout.html, "")
        yield lambda: EmailTemplate.parse("", "", sendout.text or "")
    if Channel.SMS in channels:
        yield lambda: TextTemplate.parse(sendout.sms_body)


def _fault(parsing: Callable[[], object]) -> TemplateError | None:
    try:
        parsing()
    except TemplateError as problem:
        return problem
    return None
