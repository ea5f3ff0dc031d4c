"""What is done about received texts, who has which conversation, and answers kept for the next time."""

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.replies import MailState, TaskKind, TaskState
from app.extensions import Base
from app.models.types import BigInt, CreatedAt, IntPK, OrganisationFK, UserFK, UTCDateTime, Words, one_of


class ReplyTask(Base):
    """Something to be done about a received text, made in the transaction that kept the text, and done at most once.

    An automatic answer is a send-out of its own (`sendout_id`); every other text that a task sends has its cost here (`segments`).
    """

    __tablename__ = "reply_tasks"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        UniqueConstraint("text_id", "kind", "address"),
        one_of("kind", TaskKind),
        one_of("state", TaskState),
        CheckConstraint("(state = 'doing') = (claimed_at IS NOT NULL)", name="doing_is_claimed"),
        Index("ix_reply_tasks_due", "due_at", "id", postgresql_where=text("state = 'due'")),
        Index("ix_reply_tasks_doing", "id", postgresql_where=text("state = 'doing'")),
        Index("ix_reply_tasks_told", "organisation_id", "address", "kind", "done_at"),
        Index("ix_reply_tasks_sendout", "sendout_id"),
        Index("ix_reply_tasks_ref", "provider_ref", postgresql_where=text("provider_ref IS NOT NULL")),
    )

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    text_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("inbound_texts.id", ondelete="CASCADE"))
    kind: Mapped[Words]
    address: Mapped[Words]  # whom it goes to
    state: Mapped[Words] = mapped_column(server_default=TaskState.DUE)
    due_at: Mapped[CreatedAt]
    claimed_at: Mapped[UTCDateTime | None]
    done_at: Mapped[UTCDateTime | None]
    words: Mapped[Words | None]  # why it was skipped, failed or put off
    provider_ref: Mapped[Words | None]
    segments: Mapped[int | None] = mapped_column(SmallInteger)
    sendout_id: Mapped[BigInt | None]


class AnswerMail(Base):
    """An answer by e-mail to a text that a task had forwarded: sent on as a send-out of its own, or why not (`words`)."""

    __tablename__ = "answer_mails"
    __table_args__ = (
        ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        one_of("state", MailState),
        UniqueConstraint("provider_ref"),
        Index("ix_answer_mails_waiting", "organisation_id", "id", postgresql_where=text("state = 'waiting'")),
        Index("ix_answer_mails_task", "task_id", "id"),
        Index("ix_answer_mails_sendout", "sendout_id"),
    )

    id: Mapped[IntPK]
    received_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    task_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("reply_tasks.id", ondelete="CASCADE"))
    provider_ref: Mapped[Words]
    from_address: Mapped[Words]
    body: Mapped[Words]  # its writer's own words
    state: Mapped[Words]
    words: Mapped[Words | None]
    sendout_id: Mapped[BigInt | None]
    decided_at: Mapped[UTCDateTime | None]
    decided_by: Mapped[UserFK | None]


class ConversationHold(Base):
    """Who has a conversation: nobody else needs to look at it."""

    __tablename__ = "conversation_holds"

    organisation_id: Mapped[OrganisationFK] = mapped_column(primary_key=True)
    number: Mapped[Words] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id", ondelete="CASCADE"))
    taken_at: Mapped[CreatedAt]


class SavedAnswer(Base):
    """Words that an organisation answers with again and again."""

    __tablename__ = "saved_answers"
    __table_args__ = (Index("ix_saved_answers_organisation", "organisation_id", "id"),)

    id: Mapped[IntPK]
    created_at: Mapped[CreatedAt]
    organisation_id: Mapped[OrganisationFK]
    created_by: Mapped[UserFK | None]
    name: Mapped[Words]
    body: Mapped[Words]
