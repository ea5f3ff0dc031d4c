"""What conditions speak of, as it stands now: an organisation's fields, lists and send-outs, and what has become of them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import or_, select

from app.domain.conditions import CHOICE_OPERATORS, DATE_OPERATORS, NUMBER_OPERATORS, TEXT_OPERATORS, About, Condition, Operator
from app.extensions import db
from app.models import CustomField, CustomFieldKind, ParticipantList, Sendout
from app.participants.custom_fields import custom_fields
from app.users.organisation.tracked import tracking_of

OPERATORS_OF_KIND = {
    CustomFieldKind.TEXT: TEXT_OPERATORS,
    CustomFieldKind.NUMBER: NUMBER_OPERATORS,
    CustomFieldKind.DATE: DATE_OPERATORS,
    CustomFieldKind.CHOICE: CHOICE_OPERATORS,
}


@dataclass(frozen=True, slots=True)
class KnownSendout:
    """A send-out with the ids of its chain: what was sent again counts as the same. `is_tracked`: openings were noticed."""

    name: str
    chain: tuple[int, ...]
    is_tracked: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What there is to speak of: fields by key, names of lists and send-outs by id."""

    fields: Mapping[str, CustomField]
    lists: Mapping[int, str]
    sendouts: Mapping[int, KnownSendout]

    def trouble_with(self, condition: Condition) -> str | None:
        """Why a condition can hold for nobody, in words; None where it can be asked."""
        if condition.about is About.FIELD:
            return self._trouble_with_field(condition)
        if condition.about is About.LIST and condition.number not in self.lists:
            return "A list that it asks about has been deleted."
        if condition.about is About.SENDOUT:
            return self._trouble_with_sendout(condition)
        return None

    def _trouble_with_field(self, condition: Condition) -> str | None:
        field = self.fields.get(condition.which)
        if field is None:
            return f"The field “{condition.which}” has been removed."
        if condition.operator not in OPERATORS_OF_KIND[CustomFieldKind(field.kind)]:
            return f"The field “{field.name}” is of another kind now."
        return None

    def _trouble_with_sendout(self, condition: Condition) -> str | None:
        sendout = self.sendouts.get(condition.number)
        if sendout is None:
            return "A send-out that it asks about is not there any more."
        if condition.operator in (Operator.OPENED, Operator.NOT_OPENED) and not sendout.is_tracked:
            return f"Opening was not tracked for “{sendout.name}”, so nobody knows who did."
        return None


def known_to(organisation_id: int, named: Iterable[tuple[About, int]]) -> Known:
    """The organisation's fields, and those of the named lists and send-outs that are still there."""
    asked = list(named)
    return Known(
        fields={field.key: field for field in custom_fields(organisation_id)},
        lists=_lists(organisation_id, {number for about, number in asked if about is About.LIST}),
        sendouts=_sendouts(organisation_id, {number for about, number in asked if about is About.SENDOUT}),
    )


def named_in(conditions: Iterable[Condition]) -> Iterator[tuple[About, int]]:
    """The lists and send-outs that conditions ask about."""
    return ((each.about, each.number) for each in conditions if each.about in (About.LIST, About.SENDOUT))


def _lists(organisation_id: int, ids: set[int]) -> dict[int, str]:
    asked = select(ParticipantList.id, ParticipantList.name).where(ParticipantList.organisation_id == organisation_id)
    return {row.id: row.name for row in db.session.execute(asked.where(ParticipantList.id.in_(ids)))} if ids else {}


def _sendouts(organisation_id: int, ids: set[int]) -> dict[int, KnownSendout]:
    if not ids:
        return {}
    rows = db.session.scalars(
        select(Sendout)
        .where(Sendout.organisation_id == organisation_id, Sendout.deleted_at.is_(None), or_(Sendout.id.in_(ids), Sendout.root_id.in_(ids)))
        .order_by(Sendout.id)
    ).all()
    chains = {number: tuple(each.id for each in rows if number in (each.id, each.root_id)) for number in ids}
    named = [each for each in rows if each.id in ids]
    tracked = tracking_of(named)
    return {each.id: KnownSendout(each.title or each.subject or "Untitled", chains[each.id], tracked[each.id]) for each in named}
