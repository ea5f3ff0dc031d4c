"""Lines that hold several people: a change a person, and lines counted apart from people."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("participant_imports", sa.Column("done_count", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("import_changes", sa.Column("place", sa.SmallInteger(), server_default=sa.text("0"), nullable=False))
    op.drop_constraint(op.f("uq_import_changes_import_id_line"), "import_changes", type_="unique")
    op.create_unique_constraint(op.f("uq_import_changes_import_id_line_place"), "import_changes", ["import_id", "line", "place"])


def downgrade() -> None:
    op.execute("DELETE FROM import_changes WHERE place > 0")
    op.drop_constraint(op.f("uq_import_changes_import_id_line_place"), "import_changes", type_="unique")
    op.create_unique_constraint(op.f("uq_import_changes_import_id_line"), "import_changes", ["import_id", "line"])
    op.drop_column("import_changes", "place")
    op.drop_column("participant_imports", "done_count")
