"""What the pages of Replies are asked, read from the request."""

from collections.abc import Mapping

from app.inbound.answering import Answer
from app.inbound.conversations import Conversation, Tab
from app.web.forms import FormReader

_ID_DIGITS = 18
LONGEST_TEXT = 1600  # what Twilio takes in one go: https://www.twilio.com/docs/api/errors/21617


def asked_tab(arguments: Mapping[str, str], conversation: Conversation | None = None) -> Tab:
    """The tab of the queue that a page's address names; else the one where the open conversation lies, else Unread."""
    named = arguments.get("tab", "")
    if named in set(Tab):
        return Tab(named)
    return conversation.tab if conversation else Tab.UNREAD


def read_answer(form: FormReader, user_id: int) -> Answer:
    """The answer form; look at its errors."""
    return Answer(
        body=form.lines("body", at_most=LONGEST_TEXT, missing="Write something first."),
        form_token=form.words("form_token", at_most=100, missing="Reload the page and try again."),
        user_id=user_id,
        is_last_word=form.values.get("then") == "done",
        seen_answer_id=_whole(form.values.get("seen_answer", "")),
    )


def asked_search(arguments: Mapping[str, str]) -> str:
    """What is searched for in the texts, names and numbers."""
    return " ".join(arguments.get("q", "").replace("\0", "").split())[:100]


def _whole(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) <= _ID_DIGITS else 0
