"""Scheduled by each person's own clock, with the zone that a batch is of, and scheduled for today's people alone."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sendouts", sa.Column("scheduled_local", sa.DateTime(timezone=False), nullable=True))
    op.add_column("sendouts", sa.Column("local_since_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sendouts", sa.Column("late_choice", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_sendouts_late_choice_known"), "sendouts", "late_choice IN ('now', 'skip')")
    op.add_column("batches", sa.Column("local_zone", sa.Text(), nullable=True))
    op.add_column("sendouts", sa.Column("people_kept_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "kept_people",
        sa.Column("sendout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("participant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("is_excluded", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "sendout_id"],
            ["sendouts.organisation_id", "sendouts.id"],
            name=op.f("fk_kept_people_organisation_id_sendout_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sendout_id", "participant_id", name=op.f("pk_kept_people")),
    )
    op.create_index("ix_kept_people_participant", "kept_people", ["participant_id"])


def downgrade() -> None:
    op.drop_table("kept_people")
    op.drop_column("sendouts", "people_kept_at")
    op.drop_column("batches", "local_zone")
    for column in ("late_choice", "local_since_at", "scheduled_local"):
        op.drop_column("sendouts", column)
