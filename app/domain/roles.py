"""Who may do what: four roles, each including the ones below it except where a role is narrowed."""

from enum import StrEnum


class Role(StrEnum):
    """A membership's role in an organisation."""

    OWNER = "owner"
    ORGANISER = "organiser"
    AUTHOR = "author"
    VIEWER = "viewer"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do everything that the other one may."""
        return _RANK[self] >= _RANK[other]


_RANK = {Role.VIEWER: 0, Role.AUTHOR: 1, Role.ORGANISER: 2, Role.OWNER: 3}
