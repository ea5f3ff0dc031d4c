"""Tests of the set-up: what an owner had sent to themselves, to see that it arrives."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from app.domain.channels import Channel
from app.extensions import Base
from app.models.types import CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class SetupTest(Base):
    """One e-mail or text to oneself. Until the provider has answered, both `taken_at` and `problem` are null."""

    __tablename__ = "setup_tests"
    __table_args__ = (one_of("channel", Channel), Index("ix_setup_tests_organisation", "organisation_id", "id"))

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    user_id: Mapped[UserFK | None]
    channel: Mapped[Words]
    address: Mapped[Words]
    taken_at: Mapped[UTCDateTime | None]
    problem: Mapped[Words | None]
