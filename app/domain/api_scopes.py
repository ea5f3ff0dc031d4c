"""What a key of the API may do; each scope is given by itself."""

from enum import StrEnum


class ApiScope(StrEnum):
    """One thing that a key may be good for."""

    READ = "read"
    PEOPLE = "people"
    UNSUBSCRIBES = "unsubscribes"
    SEND = "send"
