"""A page tells what was done to its object."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_audit_entries_object", "audit_entries", ["object_kind", "object_id"])


def downgrade() -> None:
    op.drop_index("ix_audit_entries_object", "audit_entries")
