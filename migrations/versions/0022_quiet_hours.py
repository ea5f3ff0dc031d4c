"""Quiet hours for texts: the organisation's, what a send-out does about them, and until when a batch waits for them."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("has_quiet_hours", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("organisations", sa.Column("quiet_from", sa.Time(), server_default=sa.text("'21:00'"), nullable=False))
    op.add_column("organisations", sa.Column("quiet_until", sa.Time(), server_default=sa.text("'08:00'"), nullable=False))
    op.add_column("sendouts", sa.Column("quiet_choice", sa.Text(), server_default="wait", nullable=False))
    op.create_check_constraint(op.f("ck_sendouts_quiet_choice_known"), "sendouts", "quiet_choice IN ('wait', 'expire')")
    op.add_column("batches", sa.Column("quiet_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("batches", "quiet_until")
    op.drop_column("sendouts", "quiet_choice")
    for column in ("quiet_until", "quiet_from", "has_quiet_hours"):
        op.drop_column("organisations", column)
