"""Message templates: words to begin a send-out's message with."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import Base
from app.models.types import CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words


class MessageTemplate(Base):
    """The words of a message under a name: an e-mail, a text, or both. What begins with it is a copy that goes its own way."""

    __tablename__ = "message_templates"
    __table_args__ = (Index("ix_message_templates_organisation", "organisation_id", "id"),)

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    created_by: Mapped[UserFK | None]
    name: Mapped[Words]
    subject: Mapped[Words] = mapped_column(server_default="")
    preview_text: Mapped[Words] = mapped_column(server_default="")
    html: Mapped[Words] = mapped_column(server_default="")
    text: Mapped[Words | None]  # None: made from the HTML
    sms_body: Mapped[Words] = mapped_column(server_default="")
    deleted_at: Mapped[UTCDateTime | None]  # thrown away, and can be fetched back
