"""What a person chose to leave in doubt, by batch: a batch is the hand-over that nobody knows the end of."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("doubt_left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """UPDATE batches b SET doubt_left_at = s.doubt_left_at FROM sendouts s
           WHERE s.id = b.sendout_id AND b.claimed_at <= s.doubt_left_at
             AND EXISTS (SELECT FROM messages m WHERE m.batch_id = b.id AND m.status = 'in_doubt')"""
    )
    op.drop_column("sendouts", "doubt_left_at")


def downgrade() -> None:
    op.add_column("sendouts", sa.Column("doubt_left_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        """UPDATE sendouts s SET doubt_left_at = left_at
           FROM (SELECT sendout_id, max(doubt_left_at) AS left_at FROM batches WHERE doubt_left_at IS NOT NULL GROUP BY 1) AS b
           WHERE b.sendout_id = s.id"""
    )
    op.drop_column("batches", "doubt_left_at")
