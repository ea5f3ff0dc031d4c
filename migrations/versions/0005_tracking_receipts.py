"""Opens and clicks of our own tracking arrive through the same door as the providers' callbacks."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAME = "ck_callback_receipts_kind_known"  # in full: op.f keeps the naming rule off it


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "callback_receipts", type_="check")
    op.create_check_constraint(op.f(NAME), "callback_receipts", "kind IN ('ses', 'twilio_status', 'twilio_inbound', 'tracking')")


def downgrade() -> None:
    op.execute("DELETE FROM callback_receipts WHERE kind = 'tracking'")
    op.drop_constraint(op.f(NAME), "callback_receipts", type_="check")
    op.create_check_constraint(op.f(NAME), "callback_receipts", "kind IN ('ses', 'twilio_status', 'twilio_inbound')")
