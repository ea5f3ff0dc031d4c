"""An import of participants: the file, what we understood, how far it came, what it changed."""

from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, LargeBinary, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class ImportState(StrEnum):
    """How far an import has come."""

    UPLOADED = "uploaded"  # read, and its columns guessed
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    FAILED = "failed"


class ImportOutcome(StrEnum):
    """What became of one line of an import; TAKEN_OFF is for a person who was on the list and not in the file."""

    NEW = "new"
    UPDATED = "updated"
    SAME = "same"
    MERGED = "merged"  # into the person of an earlier line: a family's second child, or the same person twice
    FAILED = "failed"
    TAKEN_OFF = "taken_off"


class ParticipantImport(Base):
    """One uploaded file; `next_line` commits with the rows it stands for, so that a killed import goes on where it was."""

    __tablename__ = "participant_imports"
    __table_args__ = (UniqueConstraint("organisation_id", "id"), one_of("state", ImportState))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    list_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("participant_lists.id", ondelete="SET NULL"))
    created_by: Mapped[UserFK | None]
    file_name: Mapped[Words]
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)  # dropped once done
    state: Mapped[Words] = mapped_column(server_default=ImportState.UPLOADED)
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    takes_off_absent: Mapped[bool] = mapped_column(server_default=text("false"))  # whoever is on the list but not in the file
    text_consent_proof: Mapped[Words | None]  # the answer to "where did these people agree to texts?"
    row_count: Mapped[int] = mapped_column(server_default=text("0"))
    next_line: Mapped[int] = mapped_column(server_default=text("0"))
    done_count: Mapped[int] = mapped_column(server_default=text("0"))  # lines; the counts below are of people
    new_count: Mapped[int] = mapped_column(server_default=text("0"))
    updated_count: Mapped[int] = mapped_column(server_default=text("0"))
    same_count: Mapped[int] = mapped_column(server_default=text("0"))
    merged_count: Mapped[int] = mapped_column(server_default=text("0"))
    failed_count: Mapped[int] = mapped_column(server_default=text("0"))
    failure: Mapped[Words | None]  # why the whole file could not be read
    started_at: Mapped[UTCDateTime | None]
    finished_at: Mapped[UTCDateTime | None]


class ImportChange(Base):
    """What one line of an import did to one of its people, kept so that it can be explained, exported and undone."""

    __tablename__ = "import_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["organisation_id", "import_id"], ["participant_imports.organisation_id", "participant_imports.id"], ondelete="CASCADE"
        ),
        UniqueConstraint("import_id", "line", "place"),
        one_of("outcome", ImportOutcome),
        Index("ix_import_changes_participant", "import_id", "participant_id"),
        Index(
            "ix_import_changes_addresses",
            "organisation_id",
            postgresql_where=text("changes ?| ARRAY['email_address', 'phone_number']"),
        ),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    import_id: Mapped[BigInt]
    line: Mapped[int | None]  # None for TAKEN_OFF
    place: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))  # which parent of the line; 0 for its participant
    outcome: Mapped[Words]
    participant_id: Mapped[BigInt | None]
    has_joined_list: Mapped[bool] = mapped_column(server_default=text("false"))
    changes: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))  # e.g. {"last_name": ["Meyer", "Schmidt"]}
    row: Mapped[list[str] | None] = mapped_column(JSONB(none_as_null=True))  # the cells of a line that failed or was not used whole
    reason: Mapped[Words | None]  # why it failed, what was left out of it, whom it was merged with
