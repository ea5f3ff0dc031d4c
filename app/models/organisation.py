"""The tenant, and the addresses and numbers that its messages leave from."""

from datetime import time

from sqlalchemy import SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import Channel
from app.domain.senders import SenderKind, Tracking
from app.extensions import Base
from app.models.types import CreatedAt, IntPK, OrganisationFK, UTCDateTime, Words, one_of


class Organisation(Base):
    """A club, school or charity; every row of business data belongs to exactly one."""

    __tablename__ = "organisations"

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    name: Mapped[Words]
    short_name: Mapped[Words]  # begins its texts: keep it to a dozen characters
    postal_address: Mapped[Words] = mapped_column(server_default="")
    country: Mapped[Words] = mapped_column(server_default="GB")  # ISO 3166: how national numbers are read
    time_zone: Mapped[Words] = mapped_column(server_default="Europe/London")
    language: Mapped[Words] = mapped_column(server_default="en")
    is_tracking: Mapped[bool] = mapped_column(server_default=text("true"))
    has_visible_pixel: Mapped[bool] = mapped_column(server_default=text("false"))  # the tracking picture says what it is
    has_follow_up: Mapped[bool] = mapped_column(server_default=text("false"))
    follow_up_since: Mapped[UTCDateTime | None]  # first switched on: what was accepted before has no follow-up
    has_quiet_hours: Mapped[bool] = mapped_column(server_default=text("false"))
    quiet_from: Mapped[time] = mapped_column(server_default=text("'21:00'"))  # by the clock of whoever the text is for
    quiet_until: Mapped[time] = mapped_column(server_default=text("'08:00'"))
    has_contact_cap: Mapped[bool] = mapped_column(server_default=text("false"))
    contact_cap: Mapped[int] = mapped_column(SmallInteger, server_default=text("3"))  # marketing messages a person and channel
    contact_cap_days: Mapped[int] = mapped_column(SmallInteger, server_default=text("7"))
    needs_approval: Mapped[bool] = mapped_column(server_default=text("false"))  # of each send-out, by a second person


class Sender(Base):
    """An address, number, name or Messaging Service that messages leave from.

    Unique over the installation: callbacks and inbound texts find their organisation through it.
    """

    __tablename__ = "senders"
    __table_args__ = (
        UniqueConstraint("channel", "address"),
        UniqueConstraint("organisation_id", "id"),
        one_of("channel", Channel),
        one_of("kind", SenderKind),
        one_of("tracking", Tracking),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    channel: Mapped[Words]
    kind: Mapped[Words]
    address: Mapped[Words]  # e-mail address, E.164 number, alphanumeric id or MG… SID
    display_name: Mapped[Words] = mapped_column(server_default="")
    tracking: Mapped[Words] = mapped_column(server_default=Tracking.AS_ORGANISATION)
    segments_per_second: Mapped[float] = mapped_column(server_default=text("1"))  # texts only; Twilio's rate for this sender
    is_archived: Mapped[bool] = mapped_column(server_default=text("false"))
