"""E-mails to people of a team, about their work here: lines of text, then a link."""

from dataclasses import dataclass
from email.utils import formataddr
from html import escape

from app.models import Sender
from app.providers.base import EmailCall, OutgoingEmail

# RFC 3834 and what Exchange looks at: no out-of-office answers this.
_BY_ITSELF = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


@dataclass(frozen=True, slots=True)
class Said:
    """What is said to whom; the lines are followed by a link."""

    to: tuple[str, ...]
    subject: str
    lines: tuple[str, ...]
    reply_to: str | None = None


def team_mail(sender: Sender, said: Said, link: str) -> EmailCall:
    """One call to all of them; what becomes of it is followed nowhere."""
    html = "".join(f"<p>{escape(each)}</p>" for each in said.lines) + f'<p><a href="{escape(link)}">{escape(link)}</a></p>'
    slots = {"subject": said.subject, "text": "\n\n".join((*said.lines, link)) + "\n", "html": html}
    return EmailCall(
        sender=formataddr((sender.display_name, sender.address)),
        reply_to=said.reply_to,
        subject="{{subject}}",
        text="{{text}}",
        html="{{html}}",
        headers=_BY_ITSELF,
        messages=[OutgoingEmail(None, 1, each, slots) for each in said.to],
        configuration_set="",
        provider_tracking=True,  # says nothing of tracking, which only a configuration set would have
    )
