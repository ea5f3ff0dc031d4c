"""Indexes for what is looked for and counted on pages of a million rows.

People are found by any part of a name or address: by trigrams, of the extension pg_trgm, which the database's owner may create.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

SEARCHED = "lower(' ' || first_name || ' ' || last_name || ' ' || coalesce(email_address, '') || ' ' || coalesce(phone_number, ''))"


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.create_index("ix_participants_searched", "participants", [sa.text(f"{SEARCHED} gin_trgm_ops")], postgresql_using="gin")
    op.create_index("ix_unsubscribe_entries_searched", "unsubscribe_entries", [sa.text("address gin_trgm_ops")], postgresql_using="gin")
    partial = {
        "ix_messages_machine": (
            "messages",
            ["sendout_id", "channel", "shown_status"],
            "machine_opened_at IS NOT NULL OR machine_clicked_at IS NOT NULL",
        ),
        "ix_unsubscribe_entries_reason": ("unsubscribe_entries", ["organisation_id", "reason", "id"], "lifted_at IS NULL"),
        "ix_unsubscribe_entries_lifted": ("unsubscribe_entries", ["organisation_id", "id"], "lifted_at IS NOT NULL"),
        "ix_audit_entries_corrected": ("audit_entries", ["organisation_id"], "action = 'address corrected'"),
        "ix_import_changes_addresses": ("import_changes", ["organisation_id"], "changes ?| ARRAY['email_address', 'phone_number']"),
    }
    for name, (table, columns, where) in partial.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where))


def downgrade() -> None:
    op.drop_index("ix_import_changes_addresses", "import_changes")
    op.drop_index("ix_audit_entries_corrected", "audit_entries")
    for name in ("lifted", "reason", "searched"):
        op.drop_index(f"ix_unsubscribe_entries_{name}", "unsubscribe_entries")
    op.drop_index("ix_messages_machine", "messages")
    op.drop_index("ix_participants_searched", "participants")
    op.execute("DROP EXTENSION pg_trgm")
