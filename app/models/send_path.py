"""By which path e-mail goes, where that is left to what the account allows."""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.send_path import SendPath
from app.extensions import Base
from app.models.types import UTCDateTime, Words, one_of


class SendPathTurn(Base):
    """Whose turn it is on an account; no row before the first change. `moves` counts them, and fences each."""

    __tablename__ = "send_path_turns"
    __table_args__ = (one_of("path", SendPath),)

    account: Mapped[Words] = mapped_column(primary_key=True)
    path: Mapped[Words]
    since: Mapped[UTCDateTime]
    until: Mapped[UTCDateTime | None]
    finds: Mapped[int] = mapped_column(SmallInteger)
    bulk_per_second: Mapped[float | None]
    allowed_per_second: Mapped[float | None]
    moves: Mapped[int]
