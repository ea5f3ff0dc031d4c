"""Whom an owner invites, read and checked."""

from dataclasses import dataclass

from app.domain.addresses import normalise_email
from app.domain.roles import Role
from app.web.forms import FormReader


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
