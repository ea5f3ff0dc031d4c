"""Words in a text that people and carriers act on."""

from enum import StrEnum


class Keyword(StrEnum):
    """What a received text asks for."""

    NONE = "none"
    STOP = "stop"
    START = "start"
    HELP = "help"
    LIKELY_STOP = "likely_stop"
