"""Follow-up of messages: categories, actions, entries; the edit link of a send-out, and a tracking picture that shows itself."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

COLOURS = ("grey", "blue", "green", "amber", "red", "violet")
HAPPENINGS = ("opened", "acknowledged", "responded")


def upgrade() -> None:
    _add_columns()
    _create_settings()
    _create_ledger()


def _add_columns() -> None:
    off = sa.text("false")
    op.add_column("organisations", sa.Column("has_visible_pixel", sa.Boolean(), server_default=off, nullable=False))
    op.add_column("organisations", sa.Column("has_follow_up", sa.Boolean(), server_default=off, nullable=False))
    op.add_column("organisations", sa.Column("follow_up_since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sendouts", sa.Column("has_visible_pixel", sa.Boolean(), server_default=off, nullable=False))
    op.add_column("sendouts", sa.Column("has_edit_link", sa.Boolean(), server_default=off, nullable=False))
    op.add_column("sendouts", sa.Column("edit_link_revoked_at", sa.DateTime(timezone=True), nullable=True))


def _create_settings() -> None:
    op.create_table(
        "follow_up_statuses",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("colour", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.UniqueConstraint("organisation_id", "id"),
        sa.UniqueConstraint("organisation_id", "name"),
        _known("colour", COLOURS),
    )
    op.create_table(
        "message_actions",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), sa.ForeignKey("organisations.id", ondelete="CASCADE"), nullable=False),
        sa.Column("happening", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("list_id", sa.BigInteger(), nullable=True),
        sa.Column("sendout_id", sa.BigInteger(), nullable=True),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        _of_a_status(),
        _of("list_id", "participant_lists"),
        _of("sendout_id", "sendouts"),
        _known("happening", HAPPENINGS),
        sa.CheckConstraint("num_nonnulls(address, list_id, sendout_id) = 1", name="one_target"),
    )
    op.create_index("ix_message_actions_organisation", "message_actions", ["organisation_id", "id"])


def _create_ledger() -> None:
    op.create_table(
        "follow_ups",
        sa.Column("message_id", sa.BigInteger(), sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        _of_a_status(),
    )
    op.create_index("ix_follow_ups_status", "follow_ups", ["organisation_id", "status_id", "since"])
    op.create_table(
        "follow_up_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(), primary_key=True),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), sa.ForeignKey("messages.id", ondelete="CASCADE"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("status_id", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), server_default="", nullable=False),
        sa.Column("action_id", sa.BigInteger(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), sa.ForeignKey("users.id", ondelete="SET NULL"), nullable=True),
        sa.Column("is_by_link", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("by_name", sa.Text(), server_default="", nullable=False),
        _of_a_status(),
        sa.CheckConstraint("status_id IS NOT NULL OR comment <> ''", name="says_something"),
    )
    fired = sa.text("action_id IS NOT NULL")
    op.create_index("ix_follow_up_entries_message", "follow_up_entries", ["message_id", "id"])
    op.create_index("uq_follow_up_entries_fired", "follow_up_entries", ["message_id", "action_id"], unique=True, postgresql_where=fired)


def _known(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _of(column: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organisation_id", column], [f"{table}.organisation_id", f"{table}.id"], ondelete="CASCADE")


def _of_a_status() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["organisation_id", "status_id"], ["follow_up_statuses.organisation_id", "follow_up_statuses.id"])


def downgrade() -> None:
    for table in ("follow_up_entries", "follow_ups", "message_actions", "follow_up_statuses"):
        op.drop_table(table)
    for column in ("edit_link_revoked_at", "has_edit_link", "has_visible_pixel"):
        op.drop_column("sendouts", column)
    for column in ("follow_up_since", "has_follow_up", "has_visible_pixel"):
        op.drop_column("organisations", column)
