"""Who may do what: each role includes the ones below it. A treasurer is a viewer narrowed to what it costs."""

from enum import StrEnum


class Role(StrEnum):
    """A membership's role in an organisation."""

    OWNER = "owner"
    ORGANISER = "organiser"
    AUTHOR = "author"
    VIEWER = "viewer"
    TREASURER = "treasurer"

    def includes(self, other: "Role") -> bool:
        """Whether this role may do everything that the other one may."""
        return _RANK[self] >= _RANK[other]


_RANK = {Role.TREASURER: 0, Role.VIEWER: 1, Role.AUTHOR: 2, Role.ORGANISER: 3, Role.OWNER: 4}
