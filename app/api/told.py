"""What a route says of itself for the description: it stands on the view, so that neither can be changed without the other."""

from collections.abc import Callable
from dataclasses import dataclass

from app.web.guards import View


@dataclass(frozen=True, slots=True)
class Told:
    """The schemas of body and answer by name, the query's parameters by name, and how it answers when all is well."""

    answer: str | None = None
    is_page: bool = False
    takes: str | None = None
    asks: tuple[str, ...] = ()
    status: int = 200
    names_itself: str | None = None  # whether it "may" or "must" carry an idempotency key


def told(told_of_it: Told) -> Callable[[View], View]:
    """Hang it on a view."""

    def telling(view: View) -> View:
        view.told = told_of_it  # type: ignore[attr-defined]
        return view

    return telling
