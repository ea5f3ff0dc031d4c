"""An e-mail that nothing proves to be its writer's says so in the conversation."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("inbound_texts", sa.Column("doubt", sa.Text))


def downgrade() -> None:
    op.drop_column("inbound_texts", "doubt")
