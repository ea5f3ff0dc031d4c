"""How many entries a send-out has put on the Unsubscribes list is read from an index: its page says so at every look."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    standing = sa.text("sendout_id IS NOT NULL AND lifted_at IS NULL")
    op.create_index("ix_unsubscribe_entries_made", "unsubscribe_entries", ["sendout_id", "organisation_id"], postgresql_where=standing)


def downgrade() -> None:
    op.drop_index("ix_unsubscribe_entries_made", "unsubscribe_entries")
