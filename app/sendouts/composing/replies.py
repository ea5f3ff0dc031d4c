"""What becomes of the texts that people send back: answered by itself, forwarded to whoever wants to read them."""

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.domain.addresses import normalise_email, normalise_number
from app.domain.channels import Channel
from app.domain.keywords import invites_opt_out
from app.domain.replies import read_triggers
from app.extensions import db
from app.lib.errors import Invalid
from app.models import Organisation, Sendout
from app.sendouts.composing.queries import senders_of

MAX_ANSWER = 480  # three texts: more is a conversation
MAX_TRIGGERS = 300


@dataclass(frozen=True, slots=True)
class ReplyAnswers:
    """What the options say about texts back, as it was typed."""

    auto_reply: str
    triggers: str
    forward_email: str
    forward_phone: str


def reply_answers(form: MultiDict[str, str]) -> ReplyAnswers | None:
    """Read them; None where the page did not ask, since nothing goes by text."""
    if "auto_reply" not in form:
        return None
    answer, triggers, email, phone = (
        form.get(name, "").replace("\0", "").replace("\r\n", "\n").strip()
        for name in ("auto_reply", "auto_reply_words", "forward_email", "forward_phone")
    )
    return ReplyAnswers(answer, triggers, email, phone)


def save_reply_answers(sendout: Sendout, answers: ReplyAnswers) -> None:
    """Keep them. Raises Invalid, with its field, for what cannot be sent or is nobody's address."""
    organisation = db.session.get_one(Organisation, sendout.organisation_id)
    _check_answer(answers)
    sendout.auto_reply = answers.auto_reply
    sendout.auto_reply_words = read_triggers(answers.triggers)
    sendout.forward_email = _email(answers.forward_email)
    sendout.forward_phone = _phone(answers.forward_phone, organisation)


def _check_answer(answers: ReplyAnswers) -> None:
    if len(answers.auto_reply) > MAX_ANSWER:
        raise Invalid(f"An automatic answer can have {MAX_ANSWER} characters: it goes to everybody who writes.", "auto_reply")
    if len(answers.triggers) > MAX_TRIGGERS:
        raise Invalid("Name a few words: without any, every text is answered.", "auto_reply_words")
    if problem := invites_opt_out(answers.auto_reply):
        raise Invalid(problem, "auto_reply")


def _email(typed: str) -> str | None:
    try:
        return normalise_email(typed).address if typed else None
    except Invalid as problem:
        raise Invalid(str(problem), "forward_email") from problem


def _phone(typed: str, organisation: Organisation) -> str | None:
    if not typed:
        return None
    try:
        number = normalise_number(typed, organisation.country)
    except Invalid as problem:
        raise Invalid(str(problem), "forward_phone") from problem
    if number in {sender.address for sender in senders_of(organisation.id, Channel.SMS)}:
        raise Invalid("This is the number that people text back to. Type the one of a phone in somebody's pocket.", "forward_phone")
    return number
