"""By which path e-mail goes, where that is left to what the account allows."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "send_path_turns",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finds", sa.SmallInteger(), nullable=False),
        sa.Column("bulk_per_second", sa.Float(), nullable=True),
        sa.Column("allowed_per_second", sa.Float(), nullable=True),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_send_path_turns")),
        sa.CheckConstraint("path IN ('bulk', 'single')", name="path_known"),
    )


def downgrade() -> None:
    op.drop_table("send_path_turns")
