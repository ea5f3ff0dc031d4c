"""The contact cap: nobody gets more than so many news and offers by one channel in so many days."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class ContactCap:
    """At most `messages` a person and channel in `days`; a window that moves with the clock, not a calendar week."""

    messages: int
    days: int

    def is_reached(self, had: list[datetime], moment: datetime) -> bool:
        """Whether somebody who was written to at these times may get no more at this moment."""
        return sum(moment - timedelta(days=self.days) < each for each in had) >= self.messages
