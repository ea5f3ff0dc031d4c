"""A deleted draft stays for a while, so that deleting can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("ck_sendouts_only_drafts_deleted"), "sendouts", "deleted_at IS NULL OR state = 'draft'")


def downgrade() -> None:
    op.drop_constraint(op.f("ck_sendouts_only_drafts_deleted"), "sendouts", type_="check")
    op.drop_column("sendouts", "deleted_at")
