"""What the provider charged for each text, and how far its list has been read for that."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_prices",
        sa.Column("provider_ref", sa.Text(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("amount", sa.Numeric(12, 5), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.CheckConstraint("amount >= 0", name="amount_not_negative"),
    )
    op.create_table(
        "price_days",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("rounds", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("listed_until", sa.DateTime(timezone=True), nullable=True),
    )
    op.create_index("ix_reply_tasks_ref", "reply_tasks", ["provider_ref"], postgresql_where=sa.text("provider_ref IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_reply_tasks_ref", table_name="reply_tasks")
    op.drop_table("price_days")
    op.drop_table("text_prices")
