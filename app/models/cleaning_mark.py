"""How far the cleaning has come."""

from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import BigInt, Words


class CleaningMark(Base):
    """The last row of a table that one kind of cleaning has done with; rows are numbered in the order in which they came."""

    __tablename__ = "cleaning_marks"

    name: Mapped[Words] = mapped_column(primary_key=True)
    position: Mapped[BigInt]
