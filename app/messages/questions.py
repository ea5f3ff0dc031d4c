"""What a message asks of whoever reads it, as it stands in the message: buttons in an e-mail, numbers and a short link in a text."""

from html import escape
from typing import Any

from app.domain.senders import SenderKind
from app.extensions import db
from app.messages.fixed_words import ANSWER_HERE, CONFIRM, PLEASE_CONFIRM, marked, of_reader, text_words
from app.messages.single import as_said
from app.messages.urls import MessageUrls, own_urls
from app.models import Organisation, Sender, Sendout

ACKNOWLEDGE_MARK = "sendout-acknowledge-mark-"
ANSWER_MARK = "sendout-answer-mark-"

_BOX = '<div style="margin-top:24px">'
_BUTTON = (
    '<a href="{url}" style="display:inline-block;margin:0 8px 8px 0;padding:10px 18px;border-radius:6px;background:#0f6b5c;'
    'color:#ffffff;text-decoration:none;font:bold 15px/20px Arial,sans-serif">{words}</a>'
)
_LONG_ID = 2**27  # its token is as long as those of the first hundred million messages


def is_asking(sendout: Sendout) -> bool:
    """Whether it asks anything of its readers."""
    return sendout.asks_confirmation or bool(sendout.question)


def email_questions(sendout: Sendout) -> tuple[str, str]:
    """What stands under an e-mail's words, as HTML and as plain text, with marks where the message's own addresses go."""
    html, text = "", ""
    if sendout.question:
        buttons = "".join(_button(f"{ANSWER_MARK}?c={number}", choice) for number, choice in enumerate(sendout.choices, 1))
        html += f'{_BOX}<p style="margin:0 0 12px;font-weight:bold">{as_said(escape(sendout.question))}</p>{buttons}</div>'
        listed = "".join(f"\n- {as_said(choice)}" for choice in sendout.choices)
        text += f"\n\n{as_said(sendout.question)}{listed}\n{marked(ANSWER_HERE)} {ANSWER_MARK}"
    if sendout.asks_confirmation:
        html += f"{_BOX}{_button(ACKNOWLEDGE_MARK, marked(CONFIRM))}</div>"
        text += f"\n\n{marked(PLEASE_CONFIRM)} {ACKNOWLEDGE_MARK}"
    return html, text


def without_links(part: str, instead: str) -> str:
    """A part that goes to nobody."""
    return part.replace(ACKNOWLEDGE_MARK, instead).replace(ANSWER_MARK, instead)


def sms_source(sendout: Sendout) -> str:
    """A text's template with what it asks; the links and the words before them are fields."""
    asked = []
    if sendout.question:
        numbered = [f"{number} {as_said(choice)}" for number, choice in enumerate(sendout.choices, 1)]
        way = "_text_back" if _takes_answers(sendout) else "_tap_to_answer"
        asked += [as_said(sendout.question), *numbered, f"{{{{ {way} }}}} {{{{ answer_link }}}}"]
    if sendout.asks_confirmation:
        asked.append("{{ _tap_to_confirm }} {{ acknowledge_link }}")
    return "\n".join([sendout.sms_body.rstrip(), *asked]) if asked else sendout.sms_body


def text_links(message_id: int, urls: MessageUrls) -> dict[str, Any]:
    """The fields that stand for one message's own links."""
    return {"answer_link": urls.answer(message_id), "acknowledge_link": urls.acknowledge(message_id)}


def sample_links(sendout: Sendout, language: str | None = None) -> dict[str, Any]:
    """Links that lead nowhere and are as long as real ones, and the words before them: for previews, and to count what a text comes to."""
    if not is_asking(sendout):
        return {}
    fake = text_links(_LONG_ID, own_urls())
    links = {name: url.rsplit(".", 1)[0] + "." + "x" * len(url.rsplit(".", 1)[1]) for name, url in fake.items()}
    return {**links, **of_reader(text_words(db.session.get_one(Organisation, sendout.organisation_id).language), language)}


def _button(url: str, words: str) -> str:
    return _BUTTON.format(url=url, words=as_said(escape(words)))


def _takes_answers(sendout: Sendout) -> bool:
    sender = db.session.get(Sender, sendout.sms_sender_id) if sendout.sms_sender_id is not None else None
    return sender is None or sender.kind != SenderKind.ALPHANUMERIC
