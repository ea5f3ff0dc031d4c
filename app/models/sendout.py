"""A send-out, the links in it and the files with it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    or_,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.channels import ChannelPlan, CommunicationType
from app.domain.guard_rail import Trouble
from app.domain.local_time import LateChoice
from app.domain.quiet_hours import QuietChoice
from app.domain.sendout_state import SendoutState
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class Sendout(Base):
    """One communication to an audience; its rows in `messages` are the truth about what became of it.

    A resend hangs under its original: `root_id` is the first of the chain, `resend_of` the one it was made from.
    `audience_rule` narrows the composed audience at the freeze (a resend's {"resend": "not_opened", "no_sign": true, …}); after a
    send-out that was stopped midway it is those who got it ({"got": 7}), or leaves them out ({"without": [7]});
    what is written to one person only says that it is ({"single": true}) or names the text that it answers ({"answers": 7}), whether
    it went by itself ({"automatic": true}) and by which forwarded e-mail's link it came ({"by_link": 3}), or in answer to which of
    them ({"by_mail": 3}).
    """

    __tablename__ = "sendouts"
    __table_args__ = (
        UniqueConstraint("organisation_id", "id"),
        ForeignKeyConstraint(["organisation_id", "email_sender_id"], ["senders.organisation_id", "senders.id"]),
        ForeignKeyConstraint(["organisation_id", "sms_sender_id"], ["senders.organisation_id", "senders.id"]),
        ForeignKeyConstraint(["organisation_id", "resend_of"], ["sendouts.organisation_id", "sendouts.id"]),
        UniqueConstraint("organisation_id", "form_token"),
        one_of("state", SendoutState),
        one_of("communication_type", CommunicationType),
        one_of("channel_plan", ChannelPlan),
        one_of("quiet_choice", QuietChoice),
        one_of("held_trouble", Trouble),
        one_of("late_choice", LateChoice),
        CheckConstraint("state = 'draft' OR communication_type IS NOT NULL", name="type_chosen"),
        CheckConstraint("deleted_at IS NULL OR state = 'draft'", name="only_drafts_deleted"),
        Index("ix_sendouts_recent", "organisation_id", sql("id DESC")),
        Index("ix_sendouts_chain", "root_id", postgresql_where=sql("root_id IS NOT NULL")),
        Index(
            "ix_sendouts_contacts",
            "organisation_id",
            sql("greatest(launched_at, last_progress_at)"),
            postgresql_where=sql("communication_type = 'marketing'"),
        ),
        Index(
            "ix_sendouts_to_approve",
            "organisation_id",
            postgresql_where=sql("state = 'draft' AND approval_asked_at IS NOT NULL AND approval_decided_at IS NULL"),
        ),
        Index("ix_sendouts_active", "state", postgresql_where=sql("state IN ('scheduled', 'launching', 'running')")),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    created_by: Mapped[UserFK | None]
    title: Mapped[Words] = mapped_column(server_default="")
    communication_type: Mapped[Words | None]
    channel_plan: Mapped[Words] = mapped_column(server_default=ChannelPlan.EMAIL)
    is_urgent: Mapped[bool] = mapped_column(server_default=sql("false"))
    one_per_address: Mapped[bool] = mapped_column(server_default=sql("true"))

    email_sender_id: Mapped[BigInt | None]
    sms_sender_id: Mapped[BigInt | None]
    reply_to: Mapped[Words | None]
    subject: Mapped[Words] = mapped_column(server_default="")
    preview_text: Mapped[Words] = mapped_column(server_default="")
    html: Mapped[Words] = mapped_column(server_default="")
    text: Mapped[Words | None]  # None: made from the HTML
    sms_body: Mapped[Words] = mapped_column(server_default="")
    is_tracking: Mapped[bool] = mapped_column(server_default=sql("true"))  # can only switch off
    was_tracked: Mapped[bool | None]  # when it started, whatever the settings say since
    has_visible_pixel: Mapped[bool] = mapped_column(server_default=sql("false"))  # can only switch on
    has_edit_link: Mapped[bool] = mapped_column(server_default=sql("false"))
    edit_link_revoked_at: Mapped[UTCDateTime | None]
    fallback_hours: Mapped[int] = mapped_column(server_default=sql("24"))
    quiet_choice: Mapped[Words] = mapped_column(server_default=QuietChoice.WAIT)  # for texts that come into quiet hours

    auto_reply: Mapped[Words] = mapped_column(server_default="")  # what answers a text back by itself
    auto_reply_words: Mapped[Words] = mapped_column(server_default="")  # only texts that begin with one of these; empty: any
    forward_email: Mapped[Words | None]  # where texts back are forwarded to
    forward_phone: Mapped[Words | None]

    asks_confirmation: Mapped[bool] = mapped_column(server_default=sql("false"))  # a button that says "I have read it"
    question: Mapped[Words] = mapped_column(server_default="")
    choices: Mapped[list[str]] = mapped_column(JSONB, server_default=sql("'[]'"))

    approval_digest: Mapped[Words | None]  # of what was asked about: anything that is changed since has to be asked about anew
    approval_asked_at: Mapped[UTCDateTime | None]
    approval_asked_by: Mapped[UserFK | None]
    approval_announced_at: Mapped[UTCDateTime | None]  # to those who may decide
    approval_decided_at: Mapped[UTCDateTime | None]
    approval_decided_by: Mapped[UserFK | None]
    approval_note: Mapped[Words | None]  # what is to be changed first; None: approved

    state: Mapped[Words] = mapped_column(server_default=SendoutState.DRAFT)
    held_reason: Mapped[Words | None]
    held_trouble: Mapped[Words | None]  # what the guard rail held it for
    waived_troubles: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=sql("'{}'"))  # by whoever sent the rest all the same
    first_part_to: Mapped[BigInt | None]  # the last batch of e-mails of a large send-out's first part: none after it goes
    first_texts_to: Mapped[BigInt | None]  # the last of texts
    first_part_passed_at: Mapped[UTCDateTime | None]  # until the rest was let follow
    saved_at: Mapped[CreatedAt]
    scheduled_at: Mapped[UTCDateTime | None]
    scheduled_local: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=False)
    )  # by each person's own clock; `scheduled_at` starts it
    local_since_at: Mapped[UTCDateTime | None]  # when that was chosen: whose hour had passed by then is late
    late_choice: Mapped[Words | None]  # what becomes of them
    people_kept_at: Mapped[UTCDateTime | None]  # whoever came into the audience later gets nothing: see KeptPerson
    launched_at: Mapped[UTCDateTime | None]
    launched_by: Mapped[UserFK | None]
    leaves_at: Mapped[UTCDateTime | None]  # nothing goes before: the seconds in which Send can be undone
    not_useful_after: Mapped[UTCDateTime | None]
    frozen_at: Mapped[UTCDateTime | None]
    audience_count: Mapped[int | None]  # people, once frozen
    first_accepted_at: Mapped[UTCDateTime | None]
    first_delivered_at: Mapped[UTCDateTime | None]
    last_progress_at: Mapped[UTCDateTime | None]

    resend_of: Mapped[BigInt | None]
    root_id: Mapped[BigInt | None]
    audience_rule: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=sql("'{}'"))
    form_token: Mapped[Words | None]  # makes a form that is sent twice one send-out
    deleted_at: Mapped[UTCDateTime | None]  # a draft that was thrown away, and can be fetched back for a while

    @hybrid_property
    def is_single(self) -> bool:
        """Whether it was written to one person: conversations and people's pages show it, no list of send-outs does."""
        return not {"answers", "single"}.isdisjoint(self.audience_rule)

    @is_single.inplace.expression
    @classmethod
    def _is_single(cls) -> ColumnElement[bool]:
        return or_(cls.audience_rule.has_key("answers"), cls.audience_rule.has_key("single"))


class TrackedLink(Base):
    """A link of a send-out's e-mail; redirects go to these and nowhere else. `position` is its place in the HTML, from 0."""

    __tablename__ = "tracked_links"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        UniqueConstraint("sendout_id", "position"),
    )

    id: Mapped[IntPK]
    organisation_id: Mapped[BigInt]
    sendout_id: Mapped[BigInt]
    position: Mapped[int] = mapped_column(SmallInteger)
    url: Mapped[Words]


class SendoutAttachment(Base):
    """A file that travels with a send-out's e-mails."""

    __tablename__ = "sendout_attachments"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        Index("ix_sendout_attachments_sendout", "sendout_id"),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[BigInt]
    sendout_id: Mapped[BigInt]
    file_name: Mapped[Words]
    content_type: Mapped[Words]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
