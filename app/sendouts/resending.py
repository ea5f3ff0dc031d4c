"""Resend: a copy under its original, for those who have not read, not answered or not got it. Once, however often the form is sent."""

from dataclasses import dataclass

from sqlalchemy import select

from app.domain.channels import Channel, ChannelPlan
from app.domain.resends import ResendGroup, ways_again
from app.domain.sendout_state import SendoutState
from app.extensions import db
from app.lib.errors import Conflict, Invalid, NotFound
from app.messages.questions import is_asking
from app.models import Organisation, Sendout, SendoutAttachment, SendoutPerson
from app.sendouts.composing.service import first_sender, text_opening
from app.sendouts.running import Actor
from app.users.organisation.tracked import tracking_of

COPIED = (
    "organisation_id", "communication_type", "one_per_address", "email_sender_id", "sms_sender_id", "reply_to",
    "subject", "preview_text", "html", "text", "sms_body", "is_tracking", "quiet_choice", "has_visible_pixel", "has_edit_link",
    "auto_reply", "auto_reply_words", "forward_email", "forward_phone", "asks_confirmation", "question", "choices",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResendChoice:
    """Whom to resend to, the form's own token, and how: as it went the first time unless `plan` says otherwise.

    `no_sign` and `cannot_tell` are the two halves of those who did not open.
    """

    group: ResendGroup
    form_token: str
    plan: ChannelPlan | None = None
    no_sign: bool = False
    cannot_tell: bool = False

    @property
    def rule(self) -> dict[str, object]:
        """Whom the copy goes to, as it is kept."""
        halves = {"no_sign": self.no_sign, "cannot_tell": self.cannot_tell} if self.group is ResendGroup.NOT_OPENED else {}
        return {"resend": self.group, **halves}


@dataclass(frozen=True, slots=True)
class ChosenPeople:
    """Some of a send-out's people, picked one by one, and the channel that it goes to them by once more."""

    channel: Channel
    participant_ids: tuple[int, ...]
    form_token: str


def why_not_offered(sendout: Sendout, group: ResendGroup) -> str | None:
    """Why a group cannot be asked of a send-out, in words for its page; None when it can."""
    if sendout.audience_count is None:
        return "Nothing of it has been sent yet."
    if group is ResendGroup.NOT_ANSWERED and not is_asking(sendout):
        return "This send-out does not ask anything, so nobody owes it an answer."
    return _why_unseen(sendout) if group is ResendGroup.NOT_OPENED else None


def resend(sendout_id: int, actor: Actor, choice: ResendChoice) -> Sendout:
    """Make the copy, as a draft with its audience decided when it starts; the same form token gives the same copy again.

    Raises NotFound, Conflict where the group cannot be asked of it, Invalid where neither half of those who did not open is chosen.
    """
    original, made = original_and_copy(sendout_id, actor, choice.form_token)
    if made is not None:
        return made
    if reason := why_not_offered(original, choice.group):
        raise Conflict(reason)
    if choice.group is ResendGroup.NOT_OPENED and not (choice.no_sign or choice.cannot_tell):
        raise Invalid("Choose at least one of the two groups.", "no_sign")
    plan = choice.plan or ways_again(choice.group, ChannelPlan(original.channel_plan))[0]
    return _copy(original, actor, _Difference(plan, choice.rule, choice.form_token))


def resend_to_chosen(sendout_id: int, actor: Actor, chosen: ChosenPeople) -> Sendout:
    """The same for people who were picked. Its audience is theirs alone, so that taken back it is a draft like any other.

    Raises NotFound.
    """
    original, made = original_and_copy(sendout_id, actor, chosen.form_token)
    if made is not None:
        return made
    copy = _copy(original, actor, _Difference(ChannelPlan(chosen.channel.value), {}, chosen.form_token))
    people = {"organisation_id": copy.organisation_id, "sendout_id": copy.id}
    db.session.add_all(SendoutPerson(**people, participant_id=each) for each in chosen.participant_ids)
    db.session.flush()
    return copy


def _why_unseen(sendout: Sendout) -> str | None:
    if sendout.email_sender_id is None or Channel.EMAIL not in ChannelPlan(sendout.channel_plan).channels:
        return "Nothing has been sent by e-mail, and only of e-mails is it known who opened them."
    if not tracking_of([sendout])[sendout.id]:
        return "Opening was not tracked for this send-out, so nobody knows who did not open it."
    return None


@dataclass(frozen=True, slots=True)
class _Difference:
    """What a copy has of its own."""

    channel_plan: ChannelPlan
    audience_rule: dict[str, object]
    form_token: str


def original_and_copy(sendout_id: int, actor: Actor, form_token: str) -> tuple[Sendout, Sendout | None]:
    """The send-out, locked against another form, and the copy that this form's token has made already. Raises NotFound."""
    original = db.session.scalars(
        select(Sendout).where(Sendout.id == sendout_id, Sendout.organisation_id == actor.organisation_id).with_for_update()
    ).one_or_none()
    if original is None:
        raise NotFound("There is no such send-out.")
    made = select(Sendout).where(Sendout.organisation_id == actor.organisation_id, Sendout.form_token == form_token)
    return original, db.session.scalars(made).one_or_none()


def _copy(original: Sendout, actor: Actor, own: _Difference) -> Sendout:
    copy = Sendout(
        **{name: getattr(original, name) for name in COPIED},
        created_by=actor.user_id,
        title=original.title,
        channel_plan=own.channel_plan,
        fallback_hours=original.fallback_hours,
        state=SendoutState.DRAFT,
        resend_of=original.id,
        root_id=original.root_id or original.id,
        audience_rule=own.audience_rule,
        form_token=own.form_token,
    )
    db.session.add(copy)
    _prepare_channels(copy)
    db.session.flush()
    for each in db.session.scalars(
        select(SendoutAttachment).where(SendoutAttachment.sendout_id == original.id).order_by(SendoutAttachment.id)
    ):
        fields = {name: getattr(each, name) for name in ("organisation_id", "file_name", "content_type", "content")}
        db.session.add(SendoutAttachment(sendout_id=copy.id, **fields))
    return copy


def _prepare_channels(copy: Sendout) -> None:
    """Give a copy by another channel what a new draft has for it: the organisation's first sender, and how texts begin."""
    channels = ChannelPlan(copy.channel_plan).channels
    if Channel.EMAIL in channels and copy.email_sender_id is None:
        copy.email_sender_id = first_sender(copy.organisation_id, Channel.EMAIL)
    if Channel.SMS in channels:
        copy.sms_sender_id = copy.sms_sender_id or first_sender(copy.organisation_id, Channel.SMS)
        copy.sms_body = copy.sms_body or text_opening(db.session.get_one(Organisation, copy.organisation_id))
