"""What a message asks of people: to confirm that they have read it, and a question with choices; and all messages, the last first."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("asks_confirmation", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("sendouts", sa.Column("question", sa.Text(), server_default="", nullable=False))
    op.add_column("sendouts", sa.Column("choices", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False))
    op.create_table(
        "answers",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("sendout_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("choice", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("inbound_text_id", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        sa.CheckConstraint("channel IN ('email', 'sms')", name="channel_known"),
        sa.CheckConstraint("source IN ('page', 'text')", name="source_known"),
    )
    latest = sa.text("replaced_at IS NULL")
    op.create_index("uq_answers_latest", "answers", ["message_id"], unique=True, postgresql_where=latest)
    op.create_index("ix_answers_message", "answers", ["message_id", "id"])
    op.create_index("ix_answers_sendout", "answers", ["sendout_id", "channel", "choice"], postgresql_where=latest)
    acknowledged = sa.text("acknowledged_at IS NOT NULL")
    op.create_index("ix_messages_acknowledged", "messages", ["sendout_id", "channel"], postgresql_where=acknowledged)
    op.create_index("ix_messages_organisation", "messages", ["organisation_id", "id"])


def downgrade() -> None:
    op.drop_index("ix_messages_organisation", "messages")
    op.drop_index("ix_messages_acknowledged", "messages")
    op.drop_table("answers")
    for column in ("choices", "question", "asks_confirmation"):
        op.drop_column("sendouts", column)
