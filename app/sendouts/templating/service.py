"""What is done with message templates: keep a message as one, begin a message with one, rename, throw away, fetch back."""

from sqlalchemy import func, select

from app.domain.channels import Channel, ChannelPlan
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.models import MessageTemplate, Organisation, Sendout
from app.sendouts.composing.service import draft_of, text_opening
from app.sendouts.reviewing.problems import has_words
from app.sendouts.running import Actor
from app.sendouts.templating.queries import template_of

MOST = 100
MAX_NAME_LENGTH = 100
_MAIL = ("subject", "preview_text", "html", "text")


def keep_template(sendout_id: int, actor: Actor, name: str) -> MessageTemplate:
    """Keep a draft's message, as far as it is used, under a name. Raises Invalid where there is no name or no message, Conflict."""
    sendout = draft_of(sendout_id, actor)
    made = MessageTemplate(
        organisation_id=sendout.organisation_id, created_by=actor.user_id, name=_checked_name(sendout.organisation_id, name)
    )
    if written_mail(sendout):
        _copy_mail(sendout, made)
    if written_text(sendout):
        made.sms_body = sendout.sms_body
    if not (made.html or made.subject or made.sms_body):
        raise Invalid("There is nothing to keep yet: write the message first.", "template_name")
    if _count(sendout.organisation_id) >= MOST:
        raise Conflict(f"You have {MOST} templates. Delete some that nobody uses.")
    db.session.add(made)
    db.session.flush()
    return made


def begin_with(sendout_id: int, actor: Actor, template_id: int) -> None:
    """Put a template's words into a draft, in place of its own; a channel that either has not stays as it is.

    Raises NotFound, and Conflict where the two have no channel in common.
    """
    sendout, template = draft_of(sendout_id, actor), template_of(actor.organisation_id, template_id)
    channels = ChannelPlan(sendout.channel_plan).channels
    has_mail, has_text = (
        Channel.EMAIL in channels and bool(template.html or template.subject),
        Channel.SMS in channels and template.sms_body,
    )
    if not (has_mail or has_text):
        raise Conflict("This template has nothing for the way in which the send-out goes. Choose another way on its first page.")
    if has_mail:
        _copy_mail(template, sendout)
    if has_text:
        sendout.sms_body = template.sms_body
    sendout.saved_at = now()
    db.session.flush()


def plan_for(template: MessageTemplate) -> ChannelPlan:
    """The way in which a send-out goes that says what the template says."""
    if not template.sms_body:
        return ChannelPlan.EMAIL
    return ChannelPlan.BOTH if template.html or template.subject else ChannelPlan.SMS


def rename(template: MessageTemplate, name: str) -> None:
    """Call it something else. Raises Invalid."""
    template.name = _checked_name(template.organisation_id, name, except_id=template.id)


def written_mail(sendout: Sendout) -> bool:
    """Whether something of the e-mail is written, and it goes by e-mail."""
    return Channel.EMAIL in ChannelPlan(sendout.channel_plan).channels and (bool(sendout.subject) or has_words(sendout.html))


def written_text(sendout: Sendout) -> bool:
    """Whether something of the text is written, beyond how texts begin, and it goes by text."""
    if Channel.SMS not in ChannelPlan(sendout.channel_plan).channels:
        return False
    opening = text_opening(db.session.get_one(Organisation, sendout.organisation_id)).strip()
    return sendout.sms_body.strip() not in {"", opening}


def _copy_mail(source: Sendout | MessageTemplate, target: Sendout | MessageTemplate) -> None:
    for name in _MAIL:
        setattr(target, name, getattr(source, name))


def _count(organisation_id: int) -> int:
    there = MessageTemplate.organisation_id == organisation_id, MessageTemplate.deleted_at.is_(None)
    return db.session.scalar(select(func.count()).select_from(MessageTemplate).where(*there)) or 0


def _checked_name(organisation_id: int, name: str, *, except_id: int | None = None) -> str:
    text = " ".join(name.replace("\0", "").split())
    if not text:
        raise Invalid("Give the template a name that you will find it by.", "template_name")
    if len(text) > MAX_NAME_LENGTH:
        raise Invalid(f"The name is too long: at most {MAX_NAME_LENGTH} letters.", "template_name")
    same = select(MessageTemplate.id).where(
        MessageTemplate.organisation_id == organisation_id,
        MessageTemplate.deleted_at.is_(None),
        func.lower(MessageTemplate.name) == text.lower(),
        MessageTemplate.id != (except_id or 0),
    )
    if db.session.scalar(same.limit(1)) is not None:
        raise Invalid(f"There is a template “{text}” already.", "template_name")
    return text
