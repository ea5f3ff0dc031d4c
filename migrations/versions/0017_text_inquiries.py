"""Texts that are long on their way are asked about at the provider, ever more rarely."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_inquiries",
        sa.Column("message_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name=op.f("pk_text_inquiries")),
    )
    op.create_index(
        "ix_messages_unconfirmed", "messages", ["accepted_at"], postgresql_where=sa.text("channel = 'sms' AND status = 'sent'")
    )


def downgrade() -> None:
    op.drop_index("ix_messages_unconfirmed", table_name="messages")
    op.drop_table("text_inquiries")
