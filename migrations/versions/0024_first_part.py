"""A large send-out's first part, what held it, and what somebody has decided to live with."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("first_part_to", sa.BigInteger(), nullable=True))
    op.add_column("sendouts", sa.Column("first_part_passed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sendouts", sa.Column("held_trouble", sa.Text(), nullable=True))
    op.add_column(
        "sendouts", sa.Column("waived_troubles", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_sendouts_held_trouble_known"), "sendouts", "held_trouble IN ('bounces', 'complaints', 'blocks', 'errors')"
    )


def downgrade() -> None:
    for column in ("waived_troubles", "held_trouble", "first_part_passed_at", "first_part_to"):
        op.drop_column("sendouts", column)
