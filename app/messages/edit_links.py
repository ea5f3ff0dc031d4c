"""The edit link of a send-out: where a recipient without an account reads their message, comments on it and changes its follow-up.

Whoever holds the link may use it, so each send-out's can be revoked. It stands in what leaves, and nowhere in the dashboard.
"""

from app.messages.fixed_words import EDIT, READ_AND_CHANGE, READ_ON_THE_WEB, marked
from app.messages.footers import Footer
from app.models import Sendout

EDIT_MARK = "sendout-edit-mark-"
EXPLAINED_PATH = "/tracking-explained"

_HTML = (
    '<div style="margin-top:24px"><a href="{url}" style="display:inline-block;padding:8px 16px;border-radius:6px;border:1px solid #0f6b5c;'
    'color:#0f6b5c;text-decoration:none;font:bold 14px/20px Arial,sans-serif">{edit}</a>'
    '<span style="font:12px/18px Arial,sans-serif;color:#5b6472">&nbsp; {words}</span></div>'
)


def is_open(sendout: Sendout) -> bool:
    """Whether its edit links lead anywhere."""
    return sendout.has_edit_link and sendout.edit_link_revoked_at is None


def with_edit_link(footer: Footer, *, has_follow_up: bool) -> Footer:
    """The footer below an edit button, with a mark where each message's own address goes."""
    words = marked(READ_AND_CHANGE if has_follow_up else READ_ON_THE_WEB)
    return Footer(_HTML.format(url=EDIT_MARK, edit=marked(EDIT), words=words) + footer.html, f"\n\n{words}: {EDIT_MARK}{footer.text}")
