"""A viewer may be narrowed to costs: a treasurer."""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NAME = "role_known"


def upgrade() -> None:
    op.drop_constraint(op.f("ck_memberships_role_known"), "memberships", type_="check")
    op.create_check_constraint(NAME, "memberships", "role IN ('owner', 'organiser', 'author', 'viewer', 'treasurer')")


def downgrade() -> None:
    """Treasurers become viewers: nothing else that the version before knows is as little."""
    op.drop_constraint(op.f("ck_memberships_role_known"), "memberships", type_="check")
    op.execute("UPDATE memberships SET role = 'viewer' WHERE role = 'treasurer'")
    op.create_check_constraint(NAME, "memberships", "role IN ('owner', 'organiser', 'author', 'viewer')")
