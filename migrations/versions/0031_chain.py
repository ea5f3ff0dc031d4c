"""A send-out's resends are found without reading all send-outs, of which every single answer is one."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_sendouts_chain", "sendouts", ["root_id"], postgresql_where=sa.text("root_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_sendouts_chain", "sendouts")
