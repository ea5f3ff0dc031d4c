"""People written to, the lists they are on, and where they agreed to marketing texts."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, literal_column, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of

# What a person is looked for by; app.participants.search asks for the same expression. In PostgreSQL's own brackets, to be compared.
SEARCHED_SQL = (
    "lower(((((((' ' || first_name) || ' ') || last_name) || ' ') || coalesce(email_address, '')) || ' ') || coalesce(phone_number, ''))"
)


class Participant(Base):
    """A person written to; `about` names the children or members that they are written to for.

    `email_address` as normalised by `app.domain.addresses` (compared without case); `phone_number` in E.164.
    """

    __tablename__ = "participants"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        Index("ix_participants_email", "organisation_id", text("lower(email_address)")),
        Index("ix_participants_phone", "organisation_id", "phone_number"),
        Index(
            "uq_participants_member_number",
            "organisation_id",
            "member_number",
            unique=True,
            postgresql_where=text("member_number IS NOT NULL"),
        ),
        Index(
            "ix_participants_searched",
            literal_column(SEARCHED_SQL).label("searched"),
            postgresql_using="gin",
            postgresql_ops={"searched": "gin_trgm_ops"},
        ),
        Index("ix_participants_name", "organisation_id", text("lower(last_name)"), text("lower(first_name)"), "id"),
        Index("ix_participants_merged", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        CheckConstraint("phone_number LIKE '+%'", name="phone_number_e164"),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    first_name: Mapped[Words] = mapped_column(server_default="")
    last_name: Mapped[Words] = mapped_column(server_default="")
    email_address: Mapped[Words | None]
    phone_number: Mapped[Words | None]
    language: Mapped[Words | None]
    time_zone: Mapped[Words | None]
    member_number: Mapped[Words | None]
    about: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    custom: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    is_bad_email: Mapped[bool] = mapped_column(server_default=text("false"))  # no such address can exist, as typed or imported
    is_bad_number: Mapped[bool] = mapped_column(server_default=text("false"))
    erased_at: Mapped[UTCDateTime | None]  # nothing is left but the row that messages hang on
    merged_into: Mapped[BigInt | None]  # who has what was theirs; the row stays as it was, for undoing it


class CustomFieldKind(StrEnum):
    """What a custom field holds. In `Participant.custom` a number is a number, a day is 2026-11-21, everything else is text."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"


class CustomField(Base):
    """A field that an organisation keeps about its people; `key` is its name in `Participant.custom` and in messages."""

    __tablename__ = "custom_fields"
    __table_args__ = (UniqueConstraint("organisation_id", "key"), one_of("kind", CustomFieldKind))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    key: Mapped[Words]
    name: Mapped[Words]
    kind: Mapped[Words]


class ParticipantList(Base):
    """A named set of participants."""

    __tablename__ = "participant_lists"
    __table_args__ = (UniqueConstraint("organisation_id", "id"), UniqueConstraint("organisation_id", "name"))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    name: Mapped[Words]


class ListMembership(Base):
    """A participant on a list, of one organisation by the two composite keys."""

    __tablename__ = "list_memberships"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "list_id"], ["participant_lists.organisation_id", "participant_lists.id"], ondelete="CASCADE"
        ),
        ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participants.organisation_id", "participants.id"], ondelete="CASCADE"
        ),
        Index("ix_list_memberships_participant", "participant_id"),
    )

    list_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    participant_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    organisation_id: Mapped[BigInt]
    added_at: Mapped[CreatedAt]


class TextConsent(Base):
    """Where and when a person agreed to marketing texts on a number; the latest row that is not withdrawn counts."""

    __tablename__ = "text_consents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "participant_id"], ["participants.organisation_id", "participants.id"], ondelete="CASCADE"
        ),
        Index("ix_text_consents_participant", "participant_id"),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[OrganisationFK]
    participant_id: Mapped[BigInt]
    given_at: Mapped[UTCDateTime]
    proof: Mapped[Words]  # in the words of whoever asked: "ticked on the 2026 enrolment form"
    import_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("participant_imports.id", ondelete="SET NULL"))
    recorded_by: Mapped[UserFK | None]
    withdrawn_at: Mapped[UTCDateTime | None]
