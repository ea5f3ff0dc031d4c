"""The slots, and asking for a job for each that is free and has work: by the schedule, and by whoever knows at once that there is some."""

from dataclasses import dataclass

from app.domain.channels import Channel
from app.extensions import db
from app.jobs import SEND_SLOT, SEND_URGENT_SLOT, ask_for
from app.messages.claiming import ready_work
from workers.runtime import is_held


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the places in which hand-overs happen: `number` of a channel, for urgent or for bulk."""

    channel: Channel
    number: int
    is_urgent: bool

    @property
    def name(self) -> str:
        """Its name, for its lock and its job."""
        return f"{'urgent' if self.is_urgent else 'send'}-{self.channel}-{self.number}"


SLOTS = (
    Slot(Channel.EMAIL, 0, is_urgent=True),
    Slot(Channel.SMS, 0, is_urgent=True),
    Slot(Channel.EMAIL, 0, is_urgent=False),
    Slot(Channel.EMAIL, 1, is_urgent=False),
    Slot(Channel.SMS, 0, is_urgent=False),
)


def ask_for_slots() -> None:
    """Ask for a job for every free slot whose channel has work; commits, since it only looks."""
    free = [slot for slot in SLOTS if not is_held(slot.name)]
    kinds = {(slot.channel, slot.is_urgent) for slot in free}
    busy = {(channel, is_urgent) for channel, is_urgent in kinds if ready_work(channel, is_urgent=is_urgent)}
    for slot in free:
        if (slot.channel, slot.is_urgent) in busy:
            ask_for(SEND_URGENT_SLOT if slot.is_urgent else SEND_SLOT, slot.name, slot.channel, slot.number, int(slot.is_urgent))
    db.session.commit()
