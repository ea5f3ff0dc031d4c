"""What settling reads: messages in doubt, and when texts were last looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_messages_in_doubt", "messages", ["channel", "id"], postgresql_where=sa.text("status = 'in_doubt'"))


def downgrade() -> None:
    op.drop_index("ix_messages_in_doubt", "messages")
    op.drop_column("batches", "looked_at")
