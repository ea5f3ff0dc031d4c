"""Saved filters: conditions under a name, and the send-outs whose audience names them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_filters",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="SET NULL"), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("conditions", postgresql.JSONB(), nullable=False),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "name"),
        sa.CheckConstraint("jsonb_array_length(conditions) > 0", name="has_conditions"),
    )
    op.create_table(
        "sendout_filters",
        sa.Column("sendout_id", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("filter_id", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("is_excluded", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id", "sendout_id"], ["sendouts.organisation_id", "sendouts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organisation_id", "filter_id"], ["saved_filters.organisation_id", "saved_filters.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_sendout_filters_filter", "sendout_filters", ["filter_id"])


def downgrade() -> None:
    op.drop_table("sendout_filters")
    op.drop_table("saved_filters")
