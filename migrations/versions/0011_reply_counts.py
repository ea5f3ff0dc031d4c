"""The rail counts unread texts on every page, and Replies what waits for a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_inbound_texts_unread", "inbound_texts", ["organisation_id"], postgresql_where=sa.text("read_at IS NULL"))
    op.create_index(
        "ix_inbound_texts_review",
        "inbound_texts",
        ["organisation_id", "id"],
        postgresql_where=sa.text("keyword = 'likely_stop' AND reviewed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_inbound_texts_review", table_name="inbound_texts")
    op.drop_index("ix_inbound_texts_unread", table_name="inbound_texts")
