"""What the pages of Replies are asked, read from the request."""

from collections.abc import Mapping

from app.domain.channels import Channel
from app.inbound.answering import Answer
from app.inbound.conversations import Conversation, Tab
from app.inbound.writing.service import LONGEST_MAIL, LONGEST_TEXT, Written
from app.lib.row_ids import row_id
from app.web.forms import FormReader

_LONGEST_SUBJECT = 300


def asked_tab(arguments: Mapping[str, str], conversation: Conversation | None = None) -> Tab:
    """The tab of the queue that a page's address names; else the one where the open conversation lies, else Unread."""
    named = arguments.get("tab", "")
    if named in set(Tab):
        return Tab(named)
    return conversation.tab if conversation else Tab.UNREAD


def seen_text(form: Mapping[str, str], conversation: Conversation) -> int:
    """The last text that the page showed when it was acted on: one that has come since is nobody's decision yet."""
    return row_id(form.get("seen_text", "")) or conversation.last_text_id


def read_answer(form: FormReader, conversation: Conversation, user_id: int) -> Answer:
    """The answer form; look at its errors."""
    return Answer(
        written=read_written(form),
        user_id=user_id,
        is_last_word=form.values.get("then") == "done",
        seen_answer_id=row_id(form.values.get("seen_answer", "")) or 0,
        seen_text_id=seen_text(form.values, conversation),
    )


def read_written(form: FormReader) -> Written:
    """What is written to somebody, by whichever channel; look at its errors."""
    is_mail = form.values.get("by") == Channel.EMAIL
    return Written(
        channel=Channel.EMAIL if is_mail else Channel.SMS,
        subject=form.words("subject", at_most=_LONGEST_SUBJECT, missing="Write a subject.") if is_mail else "",
        body=form.lines("body", at_most=LONGEST_MAIL if is_mail else LONGEST_TEXT, missing="Write something first."),
        form_token=form.words("form_token", at_most=100, missing="Reload the page and try again."),
        is_marketing=form.flag("is_marketing"),
    )


def asked_search(arguments: Mapping[str, str]) -> str:
    """What is searched for in the texts, names and numbers."""
    return " ".join(arguments.get("q", "").replace("\0", "").split())[:100]
