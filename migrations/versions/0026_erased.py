"""Addresses of erased people, kept as a keyed hash, and people who were merged into others."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_REASONS = "'bounce', 'complaint', 'bad_email', 'bad_number', 'stop', 'unsubscribe', 'soft_bounces', 'manual'"
_CHECK = "ck_unsubscribe_entries_reason_known"


def upgrade() -> None:
    op.add_column("unsubscribe_entries", sa.Column("is_hashed", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_index("ix_unsubscribe_entries_hashed", "unsubscribe_entries", ["organisation_id"], postgresql_where=sa.text("is_hashed"))
    op.drop_constraint(op.f(_CHECK), "unsubscribe_entries", type_="check")
    op.create_check_constraint(op.f(_CHECK), "unsubscribe_entries", f"reason IN ({_REASONS}, 'erased')")
    op.add_column("participants", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_index("ix_participants_merged", "participants", ["merged_into"], postgresql_where=sa.text("merged_into IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_participants_merged", "participants")
    op.drop_column("participants", "merged_into")
    op.execute("UPDATE unsubscribe_entries SET reason = 'manual' WHERE reason = 'erased'")
    op.drop_constraint(op.f(_CHECK), "unsubscribe_entries", type_="check")
    op.create_check_constraint(op.f(_CHECK), "unsubscribe_entries", f"reason IN ({_REASONS})")
    op.drop_index("ix_unsubscribe_entries_hashed", "unsubscribe_entries")
    op.drop_column("unsubscribe_entries", "is_hashed")
