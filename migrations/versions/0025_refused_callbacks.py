"""Which callback it was that we turned away, so that it is known when it has come again."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("server_troubles", sa.Column("receipt_key", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("server_troubles", "receipt_key")
