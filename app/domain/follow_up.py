"""Follow-up: an organisation's own categories of what is still to be done about a message, and what moves a message on by itself."""

from enum import StrEnum


class FollowUpColour(StrEnum):
    """The few colours that a category can have; each is a class of the style sheet."""

    GREY = "grey"
    BLUE = "blue"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    VIOLET = "violet"


class Happening(StrEnum):
    """What a person does that shows a message as received, the weakest first; who does the stronger has done the weaker."""

    OPENED = "opened"
    ACKNOWLEDGED = "acknowledged"
    RESPONDED = "responded"


FIRST_STATUSES = (("Open", FollowUpColour.AMBER), ("Read", FollowUpColour.BLUE), ("Closed", FollowUpColour.GREEN))
LONGEST_NAME = 40
LONGEST_COMMENT = 2_000

HAPPENING_WORDS = {
    Happening.OPENED: "opened by a person",
    Happening.ACKNOWLEDGED: "confirmed as read",
    Happening.RESPONDED: "answered with one of the choices",
}


def action_sentence(whose: str, happening: Happening, status: str) -> str:
    """An action in words, `whose` being "to ann@example.com", "to the list Parents" or "of the send-out Spring camp"."""
    return f"When a message {whose} is {HAPPENING_WORDS[happening]}, it becomes {status}."


def age_words(days: int) -> str:
    """How long a message has stood where it stands: "since today", "for a day", "for 12 days"."""
    if days < 1:
        return "since today"
    return "for a day" if days == 1 else f"for {days} days"
