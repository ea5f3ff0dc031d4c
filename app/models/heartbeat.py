"""Which processes are alive, as they say themselves; Redis forgets its workers when it is wiped."""

from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import UTCDateTime, Words


class Heartbeat(Base):
    """The last sign of life of one process."""

    __tablename__ = "heartbeats"

    name: Mapped[Words] = mapped_column(primary_key=True)  # worker queue@host:pid
    kind: Mapped[Words]
    seen_at: Mapped[UTCDateTime]
