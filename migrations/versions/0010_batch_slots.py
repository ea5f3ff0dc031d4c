"""In whose hands an open batch is: the slot, whose lock is free once its holder is dead."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batches", sa.Column("slot", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("batches", "slot")
