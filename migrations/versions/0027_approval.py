"""Approval by a second person: an owner asks for it, a draft is asked about, and somebody else answers."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

TEXTS = ("approval_digest", "approval_note")
TIMES = ("approval_asked_at", "approval_announced_at", "approval_decided_at")
PEOPLE = ("approval_asked_by", "approval_decided_by")


def upgrade() -> None:
    op.add_column("organisations", sa.Column("needs_approval", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    for column in TEXTS:
        op.add_column("sendouts", sa.Column(column, sa.Text(), nullable=True))
    for column in TIMES:
        op.add_column("sendouts", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for column in PEOPLE:
        op.add_column("sendouts", sa.Column(column, sa.BigInteger(), nullable=True))
        op.create_foreign_key(op.f(f"fk_sendouts_{column}"), "sendouts", "users", [column], ["id"], ondelete="SET NULL")
    op.create_index(
        "ix_sendouts_to_approve",
        "sendouts",
        ["organisation_id"],
        postgresql_where=sa.text("state = 'draft' AND approval_asked_at IS NOT NULL AND approval_decided_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_sendouts_to_approve", table_name="sendouts")
    for column in (*PEOPLE, *TIMES, *TEXTS):
        op.drop_column("sendouts", column)
    op.drop_column("organisations", "needs_approval")
