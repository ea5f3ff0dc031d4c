"""A draft as it is written: every answer is saved as it is given, and nothing that has started can be changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from app.domain.addresses import normalise_email
from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.mail_html import clean_html, paragraphs
from app.domain.quiet_hours import QuietChoice
from app.domain.sendout_state import SendoutState
from app.domain.sms_segments import plain_replacements
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, NotFound
from app.models import Organisation, Participant, ParticipantList, Sendout, SendoutList, SendoutPerson, User
from app.sendouts.composing.queries import senders_of
from app.sendouts.composing.replies import ReplyAnswers, save_reply_answers
from app.sendouts.filtered import set_filters
from app.sendouts.running import Actor


@dataclass(frozen=True, slots=True)
class AudienceAnswers:
    """The first step: what it is called, for whom, of which kind, by which channels.

    `lists` and `filters` say of each whether it is left out.
    """

    title: str
    communication_type: CommunicationType | None
    channel_plan: ChannelPlan
    fallback_hours: int
    lists: Mapping[int, bool]
    filters: Mapping[int, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MessageAnswers:
    """The second step. `text` None: made from the HTML. A channel that is not used sends nothing of its own."""

    subject: str | None
    preview_text: str | None
    html: str | None
    text: str | None
    sms_body: str | None


@dataclass(frozen=True, slots=True)
class OptionsAnswers:
    """The third step. `quiet_choice` None: nothing of it goes by text, or there are no quiet hours."""

    email_sender_id: int | None
    sms_sender_id: int | None
    reply_to: str
    is_tracking: bool
    replies: ReplyAnswers | None = None
    quiet_choice: QuietChoice | None = None


def new_draft(actor: Actor) -> Sendout:
    """An empty draft: its senders are the organisation's first, answers go to whoever writes it, texts begin with who sends them."""
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    user = db.session.get(User, actor.user_id) if actor.user_id else None
    sendout = Sendout(
        organisation_id=actor.organisation_id,
        created_by=actor.user_id,
        email_sender_id=first_sender(actor.organisation_id, Channel.EMAIL),
        sms_sender_id=first_sender(actor.organisation_id, Channel.SMS),
        reply_to=user.email if user else None,
        forward_email=user.email if user else None,
        sms_body=text_opening(organisation),
    )
    db.session.add(sendout)
    db.session.flush()
    return sendout


def text_opening(organisation: Organisation) -> str:
    """What a text begins with."""
    return f"{organisation.short_name}: "


def first_sender(organisation_id: int, channel: Channel) -> int | None:
    """What messages of a channel leave from unless something else is chosen."""
    return next((sender.id for sender in senders_of(organisation_id, channel)), None)


def draft_of(sendout_id: int, actor: Actor) -> Sendout:
    """A draft to change, locked against whoever would send it meanwhile. Raises NotFound, and Conflict once it has left the composer."""
    sendout = db.session.scalars(
        select(Sendout)
        .where(Sendout.id == sendout_id, Sendout.organisation_id == actor.organisation_id, Sendout.deleted_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if sendout is None:
        raise NotFound("There is no such send-out.")
    if sendout.state == SendoutState.SCHEDULED:
        raise Conflict("This send-out is scheduled. Take it back to draft to change it.")
    if sendout.state != SendoutState.DRAFT:
        raise Conflict("This send-out has started, so it can no longer be changed. Make a copy, and change that.")
    return sendout


def save_audience(sendout_id: int, actor: Actor, answers: AudienceAnswers) -> None:
    """Save the first step. Changing the type also presets how people who share an address are treated."""
    sendout = draft_of(sendout_id, actor)
    if answers.communication_type != sendout.communication_type:
        sendout.one_per_address = answers.communication_type != CommunicationType.NON_MARKETING
    sendout.title = answers.title
    sendout.communication_type = answers.communication_type
    sendout.channel_plan = answers.channel_plan
    sendout.fallback_hours = answers.fallback_hours
    _set_lists(sendout, answers.lists)
    set_filters(sendout, answers.filters)
    _touch(sendout)


def include_list(sendout: Sendout, list_id: int) -> None:
    """Put one list into the audience of a new draft; a list of somebody else's changes nothing."""
    _set_lists(sendout, {list_id: False})


def choose_person(sendout_id: int, actor: Actor, participant_id: int, *, is_excluded: bool) -> None:
    """Put one person into the audience, or leave them out of it. Raises NotFound."""
    sendout = draft_of(sendout_id, actor)
    person = db.session.get(Participant, participant_id)
    if person is None or person.organisation_id != actor.organisation_id or person.erased_at is not None:
        raise NotFound("There is no such person.")
    values = {
        "sendout_id": sendout.id,
        "participant_id": person.id,
        "organisation_id": actor.organisation_id,
        "is_excluded": is_excluded,
    }
    chosen = insert(SendoutPerson).values(values)
    db.session.execute(chosen.on_conflict_do_update(index_elements=["sendout_id", "participant_id"], set_={"is_excluded": is_excluded}))
    _touch(sendout)


def drop_person(sendout_id: int, actor: Actor, participant_id: int) -> None:
    """Take back what was said of one person."""
    sendout = draft_of(sendout_id, actor)
    db.session.execute(delete(SendoutPerson).where(SendoutPerson.sendout_id == sendout.id, SendoutPerson.participant_id == participant_id))
    _touch(sendout)


def save_message(sendout_id: int, actor: Actor, answers: MessageAnswers) -> None:
    """Save the second step: HTML without anything that acts, plain words as paragraphs."""
    sendout = draft_of(sendout_id, actor)
    if answers.html is not None:
        sendout.subject = answers.subject or ""
        sendout.preview_text = answers.preview_text or ""
        sendout.html = mail_html_of(answers.html)
        sendout.text = answers.text
    if answers.sms_body is not None:
        sendout.sms_body = answers.sms_body
    _touch(sendout)


def replace_look_alikes(sendout_id: int, actor: Actor) -> None:
    """Put plain characters for those that only look better and make a text cost more."""
    sendout = draft_of(sendout_id, actor)
    for character, plain in plain_replacements(sendout.sms_body).items():
        sendout.sms_body = sendout.sms_body.replace(character, plain)
    _touch(sendout)


def save_options(sendout_id: int, actor: Actor, answers: OptionsAnswers) -> None:
    """Save the third step. Raises Invalid, for a reply-to that is none without a field; a sender of somebody else's is none."""
    sendout = draft_of(sendout_id, actor)
    sendout.email_sender_id = _known_sender(actor, answers.email_sender_id, Channel.EMAIL)
    sendout.sms_sender_id = _known_sender(actor, answers.sms_sender_id, Channel.SMS)
    sendout.reply_to = normalise_email(answers.reply_to).address if answers.reply_to else None
    sendout.is_tracking = answers.is_tracking
    sendout.quiet_choice = answers.quiet_choice or sendout.quiet_choice
    if answers.replies is not None:
        save_reply_answers(sendout, answers.replies)
    _touch(sendout)


def save_sharing(sendout_id: int, actor: Actor, *, one_per_address: bool) -> None:
    """Whether people who share an address get one message or one each."""
    sendout = draft_of(sendout_id, actor)
    sendout.one_per_address = one_per_address
    _touch(sendout)


def mail_html_of(source: str) -> str:
    """What is kept of what was written: cleaned HTML. Words without a single tag are paragraphs."""
    return clean_html(source.strip()) if _LIKE_A_TAG.search(source) else paragraphs(source)


_LIKE_A_TAG = re.compile(r"<[a-zA-Z/!]")


def _set_lists(sendout: Sendout, lists: Mapping[int, bool]) -> None:
    known = set(
        db.session.scalars(
            select(ParticipantList.id).where(ParticipantList.organisation_id == sendout.organisation_id, ParticipantList.id.in_(lists))
        )
    )
    db.session.execute(delete(SendoutList).where(SendoutList.sendout_id == sendout.id))
    for list_id in sorted(known):
        db.session.add(
            SendoutList(sendout_id=sendout.id, list_id=list_id, organisation_id=sendout.organisation_id, is_excluded=lists[list_id])
        )
    db.session.flush()


def _known_sender(actor: Actor, sender_id: int | None, channel: Channel) -> int | None:
    return sender_id if sender_id in {sender.id for sender in senders_of(actor.organisation_id, channel)} else None


def _touch(sendout: Sendout) -> None:
    sendout.saved_at = now()
    db.session.flush()
