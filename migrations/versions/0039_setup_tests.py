"""Tests of the set-up are kept, so that its page can say what the provider answered."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "setup_tests",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="SET NULL")),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True)),
        sa.Column("problem", sa.Text()),
        sa.CheckConstraint("channel IN ('email', 'sms')", name="channel_known"),
    )
    op.create_index("ix_setup_tests_organisation", "setup_tests", ["organisation_id", "id"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_table("setup_tests")
