"""Answers by e-mail: from participants into their conversation, from the team on to who had texted."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

KINDS = "'auto_reply', 'confirm_stop', 'forward_email', 'forward_text', 'announce_email', 'announce_text'"
STATES = "'waiting', 'sent', 'returned', 'discarded', 'automatic'"


def upgrade() -> None:
    op.add_column("inbound_texts", sa.Column("channel", sa.Text(), server_default="sms", nullable=False))
    op.create_check_constraint("channel_known", "inbound_texts", "channel IN ('email', 'sms')")
    op.drop_constraint("kind_known", "reply_tasks", type_="check")
    op.create_check_constraint("kind_known", "reply_tasks", f"kind IN ({KINDS}, 'return_email')")
    op.create_table(
        "answer_mails",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("task_id", sa.BigInteger(), sa.ForeignKey("reply_tasks.id", ondelete="CASCADE"), nullable=False),
        sa.Column("provider_ref", sa.Text(), nullable=False),
        sa.Column("from_address", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("sendout_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="SET NULL"), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("provider_ref"),
        sa.CheckConstraint(f"state IN ({STATES})", name="state_known"),
    )
    op.create_index("ix_answer_mails_waiting", "answer_mails", ["organisation_id", "id"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_answer_mails_task", "answer_mails", ["task_id", "id"])
    op.create_index("ix_answer_mails_sendout", "answer_mails", ["sendout_id"])


def downgrade() -> None:
    op.drop_table("answer_mails")
    op.execute("DELETE FROM reply_tasks WHERE kind = 'return_email'")
    op.drop_constraint("kind_known", "reply_tasks", type_="check")
    op.create_check_constraint("kind_known", "reply_tasks", f"kind IN ({KINDS})")
    op.execute("DELETE FROM inbound_texts WHERE channel = 'email'")
    op.drop_column("inbound_texts", "channel")
