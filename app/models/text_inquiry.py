"""Texts that were long on their way, and when the provider is asked about them again."""

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import BigInt, UTCDateTime


class TextInquiry(Base):
    """How often the provider was asked about a text that is neither delivered nor failed; goes a few days after the last time."""

    __tablename__ = "text_inquiries"

    message_id: Mapped[BigInt] = mapped_column(primary_key=True, autoincrement=False)
    tries: Mapped[int] = mapped_column(SmallInteger)
    due_at: Mapped[UTCDateTime]
