"""The contact cap: an organisation's limit of news and offers a person, and the send-outs that it is counted over."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("has_contact_cap", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("organisations", sa.Column("contact_cap", sa.SmallInteger(), server_default=sa.text("3"), nullable=False))
    op.add_column("organisations", sa.Column("contact_cap_days", sa.SmallInteger(), server_default=sa.text("7"), nullable=False))
    op.create_index(
        "ix_sendouts_contacts",
        "sendouts",
        ["organisation_id", sa.literal_column("greatest(launched_at, last_progress_at)")],
        postgresql_where=sa.text("communication_type = 'marketing'"),
    )


def downgrade() -> None:
    op.drop_index("ix_sendouts_contacts", table_name="sendouts")
    for column in ("contact_cap_days", "contact_cap", "has_contact_cap"):
        op.drop_column("organisations", column)
