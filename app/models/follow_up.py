"""Follow-up: the organisation's categories, what moves messages on by itself, where each stands, and who said what about it."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.follow_up import FollowUpColour, Happening
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


def _status_of_the_organisation() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["organisation_id", "status_id"], ["follow_up_statuses.organisation_id", "follow_up_statuses.id"])


class FollowUpStatus(Base):
    """A category of the organisation's own; a message starts in the one with the lowest position."""

    __tablename__ = "follow_up_statuses"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        UniqueConstraint("organisation_id", "name"),
        one_of("colour", FollowUpColour),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    name: Mapped[Words]
    colour: Mapped[Words]
    position: Mapped[int] = mapped_column(SmallInteger)


class MessageAction(Base):
    """When a message to this address, list or send-out (one of them) is received, its follow-up moves on to this status."""

    __tablename__ = "message_actions"
    __table_args__ = (
        _status_of_the_organisation(),
        ForeignKeyConstraint(
            ["organisation_id", "list_id"], ["participant_lists.organisation_id", "participant_lists.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        one_of("happening", Happening),
        CheckConstraint("num_nonnulls(address, list_id, sendout_id) = 1", name="one_target"),
        Index("ix_message_actions_organisation", "organisation_id", "id"),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    happening: Mapped[Words]
    address: Mapped[Words | None]  # e-mail in lower case, or E.164
    list_id: Mapped[BigInt | None]
    sendout_id: Mapped[BigInt | None]
    status_id: Mapped[BigInt]


class FollowUp(Base):
    """Where a message stands; one without a row is in the first status since it was accepted. Follows from its entries alone."""

    __tablename__ = "follow_ups"
    __table_args__ = (_status_of_the_organisation(), Index("ix_follow_ups_status", "organisation_id", "status_id", "since"))

    message_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    organisation_id: Mapped[BigInt]
    status_id: Mapped[BigInt]
    since: Mapped[UTCDateTime]


class FollowUpEntry(Base):
    """A comment on a message, a change of its follow-up, or both: by an action, by a user, or by whoever held its edit link."""

    __tablename__ = "follow_up_entries"
    __table_args__ = (
        _status_of_the_organisation(),
        CheckConstraint("status_id IS NOT NULL OR comment <> ''", name="says_something"),
        Index("ix_follow_up_entries_message", "message_id", "id"),
        Index("uq_follow_up_entries_fired", "message_id", "action_id", unique=True, postgresql_where=text("action_id IS NOT NULL")),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    message_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("messages.id", ondelete="CASCADE"))
    at: Mapped[CreatedAt]
    status_id: Mapped[BigInt | None]
    comment: Mapped[Words] = mapped_column(server_default="")
    action_id: Mapped[BigInt | None]  # no key: what an action has done outlives it
    user_id: Mapped[UserFK | None]
    is_by_link: Mapped[bool] = mapped_column(server_default=text("false"))
    by_name: Mapped[Words] = mapped_column(server_default="")  # as typed on the page behind the link
