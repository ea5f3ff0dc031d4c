"""A question with choices: how it is written down, and which choice a text back means. Choices count from 1."""

from collections.abc import Sequence

from app.domain.keywords import plain_words

FEWEST_CHOICES = 2
MOST_CHOICES = 9  # one digit texts each of them back
LONGEST_QUESTION = 200
LONGEST_CHOICE = 40


def choices_in(lines: str) -> list[str]:
    """The choices as they were typed, one a line: each once, the first nine, none too long for a button."""
    typed = (" ".join(line.split())[:LONGEST_CHOICE].strip() for line in lines.splitlines())
    return list(dict.fromkeys(choice for choice in typed if choice))[:MOST_CHOICES]


def choice_meant(said: str, choices: Sequence[str]) -> int | None:
    """The choice that a text back means: by its number ("2", "2.", "No. 2"), by its words, or by both where they agree.

    None where anything else is said: a person reads that.
    """
    words = plain_words(said)
    by_words = {plain_words(choice): number for number, choice in enumerate(choices, 1) if plain_words(choice)}
    if words in by_words:
        return by_words[words]
    number, _, rest = words.removeprefix("no ").removeprefix("number ").partition(" ")
    chosen = int(number) if len(number) == 1 and number.isascii() and number.isdigit() else 0
    if not 1 <= chosen <= len(choices):
        return None
    return chosen if not rest or by_words.get(rest) == chosen else None
