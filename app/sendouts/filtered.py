"""The saved filters in a send-out's audience: as SQL for its query, by name for its pages, and what is wrong with any of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from app.extensions import db
from app.models import SavedFilter, Sendout, SendoutFilter
from app.participants.filters.compiling import Clause
from app.participants.filters.queries import UsableFilter, all_filters, fitting_count, usable

_FITTING = """
        UNION ALL
        SELECT participants.id, {is_excluded} FROM participants
        WHERE participants.organisation_id = :organisation_id AND participants.erased_at IS NULL AND ({fits})"""


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A saved filter, and whether it is in the audience ("include"), left out ("exclude") or neither (""). `people` only once counted."""

    filter: UsableFilter
    chosen: str
    people: int | None = None


def filter_choices(sendout: Sendout) -> list[FilterChoice]:
    """All saved filters of the organisation by name, with what the draft makes of each."""
    standing = _standing(sendout)
    return [FilterChoice(each, standing.get(each.id, "")) for each in all_filters(sendout.organisation_id)]


def chosen_filters(sendout: Sendout) -> list[FilterChoice]:
    """Those that the draft names, by name."""
    standing = _standing(sendout)
    return [FilterChoice(each, standing[each.id]) for each in usable(sendout.organisation_id, _named(sendout))]


def counted_filters(sendout: Sendout) -> list[FilterChoice]:
    """The same with how many people each finds now."""
    return [FilterChoice(each.filter, each.chosen, fitting_count(sendout.organisation_id, each.filter)) for each in chosen_filters(sendout)]


def fitting(sendout: Sendout) -> Clause:
    """What the filters add to the query of an audience that is composed, one part each."""
    chosen = chosen_filters(sendout)
    parts = [_FITTING.format(is_excluded=str(each.chosen == "exclude").lower(), fits=each.filter.clause.sql) for each in chosen]
    parameters = {name: value for each in chosen for name, value in each.filter.clause.parameters.items()}
    return Clause("".join(parts), parameters)


def set_filters(sendout: Sendout, filters: Mapping[int, bool]) -> None:
    """Name these filters and no others; the values say whether those whom one finds are left out. Somebody else's are passed over."""
    known = select(SavedFilter.id).where(SavedFilter.organisation_id == sendout.organisation_id, SavedFilter.id.in_(filters))
    ours = sorted(db.session.scalars(known)) if filters else []
    db.session.execute(delete(SendoutFilter).where(SendoutFilter.sendout_id == sendout.id))
    ids = {"sendout_id": sendout.id, "organisation_id": sendout.organisation_id}
    db.session.add_all(SendoutFilter(**ids, filter_id=number, is_excluded=filters[number]) for number in ours)
    db.session.flush()


def _standing(sendout: Sendout) -> dict[int, str]:
    asked = select(SendoutFilter.filter_id, SendoutFilter.is_excluded).where(SendoutFilter.sendout_id == sendout.id)
    return {row.filter_id: "exclude" if row.is_excluded else "include" for row in db.session.execute(asked)}


def _named(sendout: Sendout) -> Sequence[SavedFilter]:
    asked = select(SavedFilter).join(SendoutFilter, SendoutFilter.filter_id == SavedFilter.id)
    mine = asked.where(SendoutFilter.sendout_id == sendout.id, SavedFilter.organisation_id == sendout.organisation_id)
    return db.session.scalars(mine.order_by(SavedFilter.name)).all()
