"""A send-out keeps whether it was tracked when it started: its report does not follow what is switched later."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("was_tracked", sa.Boolean))
    op.execute("""
        UPDATE sendouts SET was_tracked = sendouts.is_tracking AND CASE sender.tracking WHEN 'on' THEN true WHEN 'off' THEN false
                                                                   ELSE organisations.is_tracking END
        FROM sendouts AS same LEFT JOIN senders AS sender ON sender.id = same.email_sender_id
             JOIN organisations ON organisations.id = same.organisation_id
        WHERE same.id = sendouts.id AND sendouts.audience_count IS NOT NULL""")


def downgrade() -> None:
    op.drop_column("sendouts", "was_tracked")
