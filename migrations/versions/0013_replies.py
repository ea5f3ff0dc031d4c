"""What follows a received text: automatic answers, forwarding, announcements; and two people at one conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

KINDS = "'auto_reply', 'confirm_stop', 'forward_email', 'forward_text', 'announce_email', 'announce_text'"
STATES = "'due', 'doing', 'done', 'skipped', 'failed', 'in_doubt'"
UNANSWERED = "answered_at IS NULL AND done_at IS NULL AND keyword NOT IN ('stop', 'start')"


def upgrade() -> None:
    for column in ("auto_reply", "auto_reply_words"):
        op.add_column("sendouts", sa.Column(column, sa.Text(), server_default="", nullable=False))
    for column in ("forward_email", "forward_phone"):
        op.add_column("sendouts", sa.Column(column, sa.Text(), nullable=True))
    op.add_column("memberships", sa.Column("announced_by", sa.Text(), server_default="nothing", nullable=False))
    op.create_check_constraint("announced_by_known", "memberships", "announced_by IN ('nothing', 'email', 'text', 'both')")
    op.add_column("inbound_texts", sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_inbound_texts_unanswered", "inbound_texts", ["organisation_id", "received_at"], postgresql_where=sa.text(UNANSWERED)
    )
    _reply_tasks()
    _conversations()


def _reply_tasks() -> None:
    op.create_table(
        "reply_tasks",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("text_id", sa.BigInteger(), sa.ForeignKey("inbound_texts.id", ondelete="CASCADE"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("provider_ref", sa.Text(), nullable=True),
        sa.Column("segments", sa.SmallInteger(), nullable=True),
        sa.Column("sendout_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("text_id", "kind", "address"),
        sa.CheckConstraint(f"kind IN ({KINDS})", name="kind_known"),
        sa.CheckConstraint(f"state IN ({STATES})", name="state_known"),
        sa.CheckConstraint("(state = 'doing') = (claimed_at IS NOT NULL)", name="doing_is_claimed"),
    )
    op.create_index("ix_reply_tasks_due", "reply_tasks", ["due_at", "id"], postgresql_where=sa.text("state = 'due'"))
    op.create_index("ix_reply_tasks_doing", "reply_tasks", ["id"], postgresql_where=sa.text("state = 'doing'"))
    op.create_index("ix_reply_tasks_told", "reply_tasks", ["organisation_id", "address", "kind", "done_at"])
    op.create_index("ix_reply_tasks_sendout", "reply_tasks", ["sendout_id"])


def _conversations() -> None:
    op.create_table(
        "conversation_holds",
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("number", sa.Text(), primary_key=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
    )
    op.create_table(
        "saved_answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="SET NULL"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("ix_saved_answers_organisation", "saved_answers", ["organisation_id", "id"])


def downgrade() -> None:
    op.drop_table("saved_answers")
    op.drop_table("conversation_holds")
    op.drop_table("reply_tasks")
    op.drop_index("ix_inbound_texts_unanswered", table_name="inbound_texts")
    op.drop_column("inbound_texts", "answered_at")
    op.drop_column("memberships", "announced_by")
    for column in ("forward_phone", "forward_email", "auto_reply_words", "auto_reply"):
        op.drop_column("sendouts", column)
