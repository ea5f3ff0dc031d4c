"""An urgent text: who, words, gone. Non-marketing, before all bulk; those whom no text can reach get an e-mail."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.channels import Channel, ChannelPlan, CommunicationType
from app.domain.mail_html import paragraphs
from app.domain.rendering import TextTemplate
from app.extensions import db
from app.lib.clock import now
from app.lib.errors import Conflict, Invalid
from app.models import AuditEntry, Organisation, Sendout, SendoutList, SendoutPerson, User
from app.sendouts.audience import AudienceQuery
from app.sendouts.composing.queries import list_choices, people_by_id, senders_of
from app.sendouts.composing.service import text_opening
from app.sendouts.counting import AudienceCounts, counted
from app.sendouts.judgement import Judgement
from app.sendouts.running import Actor, launch

SUBJECT_LENGTH = 70

_CHOSEN = """
    SELECT participant_id, false AS is_excluded FROM (
        SELECT lm.participant_id FROM list_memberships lm
        WHERE lm.organisation_id = :organisation_id AND lm.list_id = ANY(CAST(:list_ids AS bigint[]))
        UNION
        SELECT p.id FROM participants p
        WHERE p.organisation_id = :organisation_id AND p.id = ANY(CAST(:participant_ids AS bigint[]))) AS everybody"""


@dataclass(frozen=True, slots=True)
class UrgentAnswers:
    """The whole of an urgent text. `seen_count` is the number that its button showed."""

    text: str
    list_ids: frozenset[int]
    participant_ids: frozenset[int]
    useful_hours: int
    seen_count: int | None
    form_token: str


def urgent_counts(organisation_id: int, list_ids: frozenset[int], participant_ids: frozenset[int], *, is_personal: bool) -> AudienceCounts:
    """Whom an urgent text to these lists and people would reach, and how."""
    return counted(urgent_judgement(organisation_id, list_ids, participant_ids, is_personal=is_personal))


def urgent_judgement(organisation_id: int, list_ids: frozenset[int], participant_ids: frozenset[int], *, is_personal: bool) -> Judgement:
    """How an urgent text to these lists and people is judged."""
    return Judgement(
        audience=AudienceQuery(_CHOSEN, {"list_ids": sorted(list_ids), "participant_ids": sorted(participant_ids)}),
        organisation_id=organisation_id,
        plan=_plan(organisation_id),
        is_marketing=False,
        one_per_address=not is_personal,
    )


def is_personal(text: str) -> bool:
    """Whether a text says something else to each person, so that two people with one number get one each."""
    return "{{" in text or "{%" in text


def send_urgent(actor: Actor, answers: UrgentAnswers) -> Sendout:
    """Write it down and launch it; the same form sent twice is one send-out.

    Raises Invalid for words that cannot go, and Conflict when the number of people is not the one that was seen.
    """
    sent = _sent_before(actor, answers.form_token)
    if sent is not None:
        return sent
    _check_words(actor, answers.text)
    counts = urgent_counts(actor.organisation_id, answers.list_ids, answers.participant_ids, is_personal=is_personal(answers.text))
    if not counts.reached:
        raise Invalid("Choose somebody who can be reached.", "list_id")
    if counts.reached != answers.seen_count:
        raise Conflict(f"This goes to {counts.reached:,} {'person' if counts.reached == 1 else 'people'}. Press again to send it.")
    try:
        with db.session.begin_nested():
            sendout = _written_down(actor, answers)
    except IntegrityError:  # the other one of a double press was faster
        sent = _sent_before(actor, answers.form_token)
        if sent is None:
            raise
        return sent
    launch(sendout.id, actor)
    entry = {"organisation_id": actor.organisation_id, "user_id": actor.user_id, "action": "sent", "object_kind": "sendout"}
    db.session.add(AuditEntry(**entry, object_id=sendout.id))
    return sendout


def _sent_before(actor: Actor, form_token: str) -> Sendout | None:
    return db.session.scalars(
        select(Sendout).where(Sendout.organisation_id == actor.organisation_id, Sendout.form_token == form_token)
    ).one_or_none()


def _check_words(actor: Actor, text: str) -> None:
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    if text.strip() in {"", text_opening(organisation).strip()}:
        raise Invalid("Write what they need to know.", "text")
    TextTemplate.parse(text)
    if not senders_of(actor.organisation_id, Channel.SMS):
        raise Invalid("No number to text from is set up yet. An owner can add one under Settings, Senders.", "text")


def _written_down(actor: Actor, answers: UrgentAnswers) -> Sendout:
    organisation = db.session.get_one(Organisation, actor.organisation_id)
    mail, texts = senders_of(actor.organisation_id, Channel.EMAIL), senders_of(actor.organisation_id, Channel.SMS)
    user = db.session.get(User, actor.user_id) if actor.user_id else None
    sendout = Sendout(
        organisation_id=actor.organisation_id,
        created_by=actor.user_id,
        title=_first_words(answers.text, organisation),
        communication_type=CommunicationType.NON_MARKETING,
        channel_plan=_plan(actor.organisation_id),
        is_urgent=True,
        one_per_address=not is_personal(answers.text),
        email_sender_id=mail[0].id if mail else None,
        sms_sender_id=texts[0].id,
        reply_to=user.email if user else None,
        forward_email=user.email if user else None,
        subject=_first_words(answers.text, organisation),
        html=paragraphs(answers.text),
        sms_body=answers.text,
        is_tracking=False,
        fallback_hours=answers.useful_hours,
        not_useful_after=now() + timedelta(hours=answers.useful_hours),
        form_token=answers.form_token,
    )
    db.session.add(sendout)
    db.session.flush()
    _write_audience(sendout, answers)
    return sendout


def _write_audience(sendout: Sendout, answers: UrgentAnswers) -> None:
    ids = {"sendout_id": sendout.id, "organisation_id": sendout.organisation_id}
    for choice in list_choices(sendout.organisation_id):
        if choice.id in answers.list_ids:
            db.session.add(SendoutList(**ids, list_id=choice.id))
    for person in people_by_id(sendout.organisation_id, answers.participant_ids):
        db.session.add(SendoutPerson(**ids, participant_id=person.id))
    db.session.flush()


def _plan(organisation_id: int) -> ChannelPlan:
    return ChannelPlan.SMS_ELSE_EMAIL if senders_of(organisation_id, Channel.EMAIL) else ChannelPlan.SMS


def _first_words(text: str, organisation: Organisation) -> str:
    """A subject from the text; a field in it could be cut in half, so then it is said in general."""
    words = " ".join(text.split())
    if is_personal(words):
        return f"Urgent message from {organisation.name}"
    return words if len(words) <= SUBJECT_LENGTH else words[:SUBJECT_LENGTH].rsplit(" ", 1)[0] + "…"
