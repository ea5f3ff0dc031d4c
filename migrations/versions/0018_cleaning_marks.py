"""How far old rows have been cleaned: each is looked at once, however many lie before it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cleaning_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_cleaning_marks")),
    )


def downgrade() -> None:
    op.drop_table("cleaning_marks")
