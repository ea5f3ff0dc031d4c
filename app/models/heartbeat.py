"""Which processes are alive, as they say themselves; Redis forgets its workers when it is wiped."""

from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import UTCDateTime, Words


class Heartbeat(Base):
    """The last sign of life of one process, or of all of the web's together: the row "web", and it alone has the other two times.

    `up_since`: no break since then; `missed_until`: what SNS first told before may have been given up while nobody was there.
    """

    __tablename__ = "heartbeats"

    name: Mapped[Words] = mapped_column(primary_key=True)  # worker queue@host:pid
    kind: Mapped[Words]
    seen_at: Mapped[UTCDateTime]
    up_since: Mapped[UTCDateTime | None]
    missed_until: Mapped[UTCDateTime | None]
