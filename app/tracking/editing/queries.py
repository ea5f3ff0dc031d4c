"""What the page behind an edit link shows: the message as its recipient got it, where it stands, and what was said about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.domain.channels import Channel
from app.domain.mail_html import text_from_html
from app.domain.rendering import EmailTemplate, render_text
from app.extensions import db
from app.lib.errors import NotFound
from app.messages.claiming import recipient_of
from app.messages.edit_links import is_open
from app.messages.follow_up import follow_up_setup
from app.models import FollowUpStatus, Message, Organisation, Participant, Sendout
from app.participants.follow_ups import Said, Standing, follow_ups_of, said_of


@dataclass(frozen=True, slots=True)
class EditPage:
    """One message, opened by its link. `standing` is None where there is no follow-up: then people can only comment."""

    message_id: int
    is_open: bool  # its send-out's edit links were not revoked
    organisation_id: int
    organisation_name: str
    languages: tuple[str | None, str]  # theirs, and their organisation's
    time_zone: str
    subject: str
    words: str
    sent_at: datetime | None
    standing: Standing | None
    statuses: Sequence[FollowUpStatus]
    said: Sequence[Said]


def edit_page(message_id: int) -> EditPage:
    """The page of a message. Raises NotFound where it is not kept any more."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound("The message that this link came in is not kept any more. Answer it, or write to whoever sent it.")
    sendout = db.session.get_one(Sendout, message.sendout_id)
    organisation = db.session.get_one(Organisation, message.organisation_id)
    person = db.session.get(Participant, message.participant_id)
    subject, words = _as_read(message, sendout)
    setup, standing = follow_up_setup(organisation.id), follow_ups_of([message_id]).get(message_id)
    return EditPage(
        message_id=message_id,
        is_open=is_open(sendout),
        organisation_id=organisation.id,
        organisation_name=organisation.name,
        languages=(person.language if person else None, organisation.language),
        time_zone=organisation.time_zone,
        subject=subject,
        words=words,
        sent_at=message.accepted_at,
        standing=standing,
        statuses=setup.statuses if setup and standing else (),
        said=said_of([message_id]).get(message_id, ()),
    )


def _as_read(message: Message, sendout: Sendout) -> tuple[str, str]:
    """Subject and words as this person got them; nothing of what their copy is tracked by."""
    fields = recipient_of(message.id).fields
    if message.channel == Channel.SMS:
        return sendout.title, render_text(sendout.sms_body, fields)
    mail = EmailTemplate.parse(sendout.subject, "", sendout.text or text_from_html(sendout.html)).render(fields)
    return mail.subject, mail.text
