"""What an organisation pays for its messages, and what a month may cost."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PRICES = ("text_price", "received_price", "email_price")


def upgrade() -> None:
    op.create_table(
        "price_lists",
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("currency", sa.Text(), server_default="USD", nullable=False),
        *(sa.Column(name, sa.Numeric(10, 5), server_default=sa.text("0"), nullable=False) for name in PRICES),
        sa.Column("monthly_budget", sa.Numeric(12, 2), nullable=True),
        sa.CheckConstraint("text_price >= 0 AND received_price >= 0 AND email_price >= 0", name="prices_not_negative"),
        sa.CheckConstraint("monthly_budget >= 0", name="budget_not_negative"),
    )


def downgrade() -> None:
    op.drop_table("price_lists")
