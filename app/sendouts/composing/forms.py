"""What the composer's pages send, read into plain values; what makes no sense in a field is as good as empty."""

from enum import StrEnum
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.quiet_hours import QuietChoice
from app.lib.errors import Invalid
from app.lib.row_ids import row_id
from app.sendouts.composing.replies import reply_answers
from app.sendouts.composing.service import AudienceAnswers, MessageAnswers, OptionsAnswers

MAX_TITLE = 120
MAX_SUBJECT = 300
MAX_HTML = 400_000
MAX_SMS = 1_600  # Twilio refuses a longer body
MAX_FALLBACK_HOURS = 72
_GROUPING = " ,.'\u00a0\u202f"

Form = MultiDict[str, str]
Word = TypeVar("Word", bound=StrEnum)


def audience_answers(form: Form) -> AudienceAnswers:
    """Read the first step."""
    return AudienceAnswers(
        title=line(form, "title")[:MAX_TITLE],
        communication_type=_one_of(CommunicationType, form.get("communication_type")),
        channel_plan=_one_of(ChannelPlan, form.get("channel_plan")) or ChannelPlan.EMAIL,
        fallback_hours=min(max(number(form, "fallback_hours") or 24, 1), MAX_FALLBACK_HOURS),
        lists=_three_answers(form, "list-"),
        filters=_three_answers(form, "filter-"),
    )


def message_answers(form: Form) -> MessageAnswers:
    """Read the second step. Raises Invalid for what is too long to be sent."""
    html, sms_body = _written(form, "html"), _written(form, "sms_body")
    if html is not None and len(html) > MAX_HTML:
        raise Invalid("This e-mail is too long to be sent: pictures belong on a web page, and files among the attachments.", "html")
    if sms_body is not None and len(sms_body) > MAX_SMS:
        raise Invalid(f"A text can have {MAX_SMS:,} characters at most.", "sms_body")
    text = lines(form, "text")
    return MessageAnswers(
        subject=line(form, "subject")[:MAX_SUBJECT],
        preview_text=line(form, "preview_text")[:MAX_SUBJECT],
        html=html,
        text=text if text.strip() else None,
        sms_body=sms_body,
    )


def options_answers(form: Form) -> OptionsAnswers:
    """Read the third step."""
    return OptionsAnswers(
        email_sender_id=number(form, "email_sender_id"),
        sms_sender_id=number(form, "sms_sender_id"),
        reply_to=line(form, "reply_to"),
        is_tracking="is_tracking" in form,
        replies=reply_answers(form),
        quiet_choice=_one_of(QuietChoice, form.get("quiet_choice")),
    )


def lines(form: Form, name: str) -> str:
    """A text of several lines, which end in one way; NUL, which PostgreSQL cannot keep, goes."""
    return form.get(name, "").replace("\r\n", "\n").replace("\x00", "")


def line(form: Form, name: str) -> str:
    """A text of one line."""
    return " ".join(lines(form, name).split())


def number(form: Form, name: str) -> int | None:
    """A whole number, or an id."""
    return row_id(form.get(name, ""))


def numbers(form: Form, name: str) -> frozenset[int]:
    """Every id that was sent under a name."""
    return frozenset(found for value in form.getlist(name) if (found := row_id(value)) is not None)


def typed_number(form: Form, name: str) -> int | None:
    """A number as people type it: "4,812", "4 812" and "4812" alike."""
    return row_id("".join(character for character in form.get(name, "") if character not in _GROUPING))


def _three_answers(form: Form, prefix: str) -> dict[int, bool]:
    """What was said of each list or filter: whether it is left out; those that are neither in nor out are not there."""
    chosen = {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix)}
    return {
        number: value == "exclude"
        for name, value in chosen.items()
        if (number := row_id(name)) is not None and value in {"include", "exclude"}
    }


def _written(form: Form, name: str) -> str | None:
    return lines(form, name) if name in form else None


def _one_of(words: type[Word], value: str | None) -> Word | None:
    return next((word for word in words if word == value), None)
