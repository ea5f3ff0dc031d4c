"""Custom fields, and what an import needs to be explained and undone line by line."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OUTCOMES = "outcome IN ('new', 'updated', 'same', 'merged', 'failed', 'taken_off')"


def upgrade() -> None:
    op.create_table(
        "custom_fields",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.UniqueConstraint("organisation_id", "key"),
        sa.CheckConstraint("kind IN ('text', 'number', 'date', 'choice')", name="kind_known"),
    )
    op.add_column("participant_imports", sa.Column("takes_off_absent", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("participant_imports", sa.Column("merged_count", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("participant_imports", sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.alter_column("import_changes", "line", nullable=True)
    op.alter_column("import_changes", "before", new_column_name="changes")
    op.add_column("import_changes", sa.Column("has_joined_list", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_check_constraint(op.f("ck_import_changes_outcome_known"), "import_changes", OUTCOMES)
    op.create_index("ix_import_changes_participant", "import_changes", ["import_id", "participant_id"])


def downgrade() -> None:
    op.drop_index("ix_import_changes_participant", "import_changes")
    op.drop_constraint(op.f("ck_import_changes_outcome_known"), "import_changes")
    op.drop_column("import_changes", "has_joined_list")
    op.alter_column("import_changes", "changes", new_column_name="before")
    op.execute("DELETE FROM import_changes WHERE line IS NULL")
    op.alter_column("import_changes", "line", nullable=False)
    op.drop_column("participant_imports", "started_at")
    op.drop_column("participant_imports", "merged_count")
    op.drop_column("participant_imports", "takes_off_absent")
    op.drop_table("custom_fields")
