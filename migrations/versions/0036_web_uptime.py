"""Since when the web has been there without a break, and what it missed for good."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("heartbeats", sa.Column("up_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("heartbeats", sa.Column("missed_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("heartbeats", "missed_until")
    op.drop_column("heartbeats", "up_since")
