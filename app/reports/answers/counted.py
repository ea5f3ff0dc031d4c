"""Answers as they are shown: counted, and drawn by nobody yet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """How many said one thing; `choice` 0 for those who have not answered yet."""

    choice: int
    words: str
    people: int

    @property
    def key(self) -> str:
        """What its slice and its row are found by."""
        return f"answer-{self.choice}"


@dataclass(frozen=True, slots=True)
class AnswerReport:
    """What came back on one channel; `said` adds up to the `asked`, those whom the message went to. No question: `said` is empty."""

    question: str
    asked: int
    said: tuple[Said, ...]
    confirmed: int | None  # None where no confirmation is asked for

    @property
    def answered(self) -> int:
        """Everybody who chose something."""
        return sum(each.people for each in self.said if each.choice)
