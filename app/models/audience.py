"""A send-out's audience: as composed, as kept when it was scheduled, and as frozen."""

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, Integer
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY
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


class AudienceChunk(Base):
    """Some of a frozen audience, by id, until their messages are written: the row goes in the transaction that writes them.

    Those who go ahead of a large send-out are in chunks below 0. It goes with the send-out, by trigger.
    """

    __tablename__ = "audience_chunks"
    __table_args__ = (Index("ix_audience_chunks_organisation", "organisation_id"),)

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    participant_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    excluded_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))  # of the audience as well, and left out


class AudienceSharer(Base):
    """One of a frozen audience who shares an address with another of it: as it was then, so that exactly one of them gets the message.

    Gone once everybody's messages are written, or with the send-out, by trigger.
    """

    __tablename__ = "audience_sharers"
    __table_args__ = (one_of("channel", Channel),)

    sendout_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    channel: Mapped[str] = mapped_column(primary_key=True)
    organisation_id: Mapped[BigInt]
    address: Mapped[Words]
    stands_in: Mapped[BigInt]  # who gets it for all of them
