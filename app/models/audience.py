"""A send-out's audience: as composed, as kept when it was scheduled, and as frozen."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import Channel
from app.extensions import Base
from app.models.types import BigInt, Words, one_of


class SendoutList(Base):
    """A list in a send-out's audience, or left out of it."""

    __tablename__ = "sendout_lists"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["organisation_id", "list_id"], ["participant_lists.organisation_id", "participant_lists.id"], ondelete="CASCADE"
        ),
    )

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    list_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    is_excluded: Mapped[bool] = mapped_column(server_default=sql("false"))


class SendoutPerson(Base):
    """A single person in a send-out's audience, or left out of it."""

    __tablename__ = "sendout_people"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participants.organisation_id", "participants.id"], ondelete="CASCADE"
        ),
    )

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    is_excluded: Mapped[bool] = mapped_column(server_default=sql("false"))


class KeptPerson(Base):
    """Who was in the audience when the send-out was scheduled for those alone; gone once it has started, or is taken back.

    No key to participants, for the writing speed of a million; the audience that it is held against has them all.
    """

    __tablename__ = "kept_people"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        Index("ix_kept_people_participant", "participant_id"),
    )

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    is_excluded: Mapped[bool]


class AudienceRow(Base):
    """The frozen audience while its messages are being written: one row a person and channel, with duplicates known.

    Rows go chunk by chunk, or with the send-out (a trigger's work: a key would be checked for each row); `position` numbers the
    people, so that a chunk holds both channels of each.
    """

    __tablename__ = "audience_rows"
    __table_args__ = (one_of("channel", Channel),)

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    participant_id: Mapped[BigInt]
    address: Mapped[Words | None]
    is_bad: Mapped[bool]
    is_excluded: Mapped[bool]
    duplicate_of: Mapped[BigInt | None]
