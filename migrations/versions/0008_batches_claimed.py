"""A page asks how many batches of a send-out went in the last seconds."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_batches_claimed", "batches", ["sendout_id", "claimed_at"])


def downgrade() -> None:
    op.drop_index("ix_batches_claimed", "batches")
