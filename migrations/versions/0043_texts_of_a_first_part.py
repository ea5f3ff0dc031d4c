"""A first part ends with a batch of each channel, so that the scarcer one lets no more of the other go."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("first_texts_to", sa.BigInteger))
    op.execute("UPDATE sendouts SET first_texts_to = first_part_to")


def downgrade() -> None:
    op.execute("UPDATE sendouts SET first_part_to = greatest(first_part_to, first_texts_to)")
    op.drop_column("sendouts", "first_texts_to")
