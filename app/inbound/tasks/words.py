"""What a forwarded text, an announcement and the confirmation of a STOP say, and where their links lead."""

from dataclasses import dataclass
from datetime import timedelta
from html import escape

from app.domain.channels import Channel
from app.domain.mail_answers import ANSWER_MARK
from app.lib.catalogue import in_language, spoken
from app.lib.clock import now
from app.lib.tokens import sign, signing_key
from app.models import AnswerMail, InboundText, Organisation, Participant
from app.web.installation import settings

LINK_PURPOSE = "answer_text"
LINK_DAYS = 30
_IN_A_TEXT = 600  # of theirs in a forwarded text: the rest is behind its link
_IN_A_SUBJECT = 60

STOP_CONFIRMED = "{organisation}: you will get no more texts from us. Text START if you want them again."


@dataclass(frozen=True, slots=True)
class Received:
    """A received text with all that is said of it to the team. `title` is the send-out that it answers."""

    text: InboundText
    organisation: Organisation
    person: Participant | None
    title: str | None

    @property
    def name(self) -> str:
        """Who wrote: a person's name, or else the number."""
        named = f"{self.person.first_name or ''} {self.person.last_name or ''}".strip() if self.person else ""
        return named or self.text.from_number

    @property
    def verb(self) -> str:
        """How they wrote."""
        return "wrote an e-mail" if self.text.channel == Channel.EMAIL else "texted"

    @property
    def words(self) -> str:
        """What they wrote, with a word for what only the conversation shows."""
        pictures = f"({len(self.text.media)} picture or file: see the conversation)" if self.text.media else ""
        return " ".join(each for each in (self.text.body.strip(), pictures) if each) or "(an empty text)"


@dataclass(frozen=True, slots=True)
class Mail:
    """An e-mail to somebody of the team, in plain words."""

    subject: str
    paragraphs: tuple[str, ...]

    @property
    def slots(self) -> dict[str, str]:
        """As the slots of a provider's call; a line that is a link can be followed."""
        blocks = "".join(f"<p>{_linked(each)}</p>" for each in self.paragraphs)
        return {"subject": self.subject, "text": "\n\n".join(self.paragraphs) + "\n", "html": blocks}


def conversation_url(text_id: int) -> str:
    """The page where a conversation is read and answered, after signing in."""
    return f"{settings().public_url}/replies/{text_id}"


def answer_url(task_id: int) -> str:
    """The page where whoever holds the link answers one text; it ends after 30 days."""
    expires_at = int((now() + timedelta(days=LINK_DAYS)).timestamp())
    return f"{settings().public_url}/answer/{sign(LINK_PURPOSE, task_id, expires_at, key=signing_key(settings().secret_keys[0]))}"


def forwarded_mail(received: Received, task_id: int, answers_to: str | None, *, is_sent_on: bool = False) -> Mail:
    """The e-mail that passes a text on. `answers_to`: whom an answer by e-mail reaches, where that is the person who wrote.

    `is_sent_on`: an answer comes in here, and goes to them as a text.
    """
    about = f" in answer to “{received.title}”" if received.title else ""
    by_mail = f"If you answer this e-mail, {received.name} gets an e-mail ({answers_to})." if answers_to else (
        f"We have no e-mail address of {received.name}: answering this e-mail does not reach them."
    )  # fmt: skip
    if is_sent_on:
        by_mail = f"Or answer this e-mail: {received.name} gets your words as a text, without your signature."
    return Mail(
        f"{received.name}: {_shortened(received.words, _IN_A_SUBJECT)}",
        (
            *([ANSWER_MARK] if is_sent_on else []),
            f"{received.name} texted{about}:",
            received.words,
            "Answer by text:",
            answer_url(task_id),
            f"Whoever has this link can answer for {received.organisation.name} within {LINK_DAYS} days: do not pass it on.",
            "The whole conversation:",
            conversation_url(received.text.id),
            by_mail,
        ),
    )


def returned_mail(received: Received, returned: AnswerMail) -> Mail:
    """The e-mail that tells whoever answered a forwarded text that their words went to nobody."""
    return Mail(
        f"Not sent: your answer to {received.name}",
        (
            f"Your answer to {received.name} was not sent. {returned.words or ''}".strip(),
            "You wrote:",
            returned.body or "(nothing that we could read)",
            "Answer again by text:",
            answer_url(returned.task_id),
            "The whole conversation:",
            conversation_url(received.text.id),
        ),
    )


def forwarded_text(received: Received) -> str:
    """The text that passes a text on, with where to answer: an answer to it would reach nobody."""
    return f"{received.name}: {_shortened(received.words, _IN_A_TEXT)}\nAnswer: {conversation_url(received.text.id)}"


def announcing_mail(received: Received, count: int) -> Mail:
    """The e-mail that tells of new replies; `received` is the last of them."""
    news = "A new reply" if count == 1 else f"{count} new replies"
    last = f"{received.name} {received.verb}:" if count == 1 else f"The last is from {received.name}:"
    url = conversation_url(received.text.id) if count == 1 else f"{settings().public_url}/replies"
    why = f"You get this because you asked for it: change it at {settings().public_url}/settings/account"
    return Mail(f"{news}: {received.name}", (last, received.words, "Read and answer:", url, why))


def announcing_text(received: Received, count: int) -> str:
    """The text that tells of new replies."""
    news = f"new reply from {received.name}" if count == 1 else f"{count} new replies"
    url = conversation_url(received.text.id) if count == 1 else f"{settings().public_url}/replies"
    return f"{received.organisation.short_name}: {news}. {url}"


def stop_confirmed(organisation: Organisation, language: str | None) -> str:
    """The one text that still goes to whoever said no where Twilio does not answer; in their language, or else the organisation's."""
    return in_language(spoken(language, organisation.language), STOP_CONFIRMED).format(organisation=organisation.short_name)


def _shortened(words: str, length: int) -> str:
    line = " ".join(words.split())
    return line if len(line) <= length else f"{line[: length - 1]}…"


def _linked(paragraph: str) -> str:
    words = escape(paragraph).replace("\n", "<br>")
    return f'<a href="{words}">{words}</a>' if paragraph.startswith(("http://", "https://")) and " " not in paragraph else words
