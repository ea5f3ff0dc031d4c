"""Whom an owner invites, read and checked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.domain.addresses import normalise_email
from app.domain.roles import Role
from app.users.team.handover import Duty, Heir, heir_of
from app.users.team.queries import Member
from app.web.forms import FormReader

NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom an owner invites, as what."""

    name: str
    email: str
    role: Role


def read_invitation(form: FormReader) -> Invitation:
    """A name, an address and a role."""
    return Invitation(
        name=form.words("name", missing="Type the name, as the team knows it."),
        email=form.converted("email", lambda text: normalise_email(text).address),
        role=form.choice("role", Role),
    )


def read_heirs(form: FormReader, duties: Iterable[Duty], others: Sequence[Member]) -> dict[Duty, Heir | None]:
    """Who takes over each kind that hangs on somebody who leaves; None for nobody in particular."""
    known = {str(each.membership_id): each for each in others}
    chosen = {duty: known.get(form.one_of(duty, {NOBODY, *known}, "Say who gets these.")) for duty in duties}
    return {duty: heir_of(member) if member else None for duty, member in chosen.items()}
