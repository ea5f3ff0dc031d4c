"""A frozen audience as ids by the chunk, not as a row a person and channel: an audience on its way is taken over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

FOLLOW_SENDOUTS = """
CREATE OR REPLACE FUNCTION delete_messages_of_sendouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages m USING old_rows o WHERE m.sendout_id = o.id;
    DELETE FROM audience_chunks c USING old_rows o WHERE c.sendout_id = o.id;
    DELETE FROM audience_sharers s USING old_rows o WHERE s.sendout_id = o.id;
    RETURN NULL;
END $$
"""
FOLLOWED_SENDOUTS = """
CREATE OR REPLACE FUNCTION delete_messages_of_sendouts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM messages m USING old_rows o WHERE m.sendout_id = o.id;
    DELETE FROM audience_rows a USING old_rows o WHERE a.sendout_id = o.id;
    RETURN NULL;
END $$
"""

CHUNKS_FROM_ROWS = """
INSERT INTO audience_chunks (organisation_id, sendout_id, number, participant_ids, excluded_ids)
SELECT s.organisation_id, a.sendout_id, a.position / 20000,
       coalesce(array_agg(DISTINCT a.participant_id) FILTER (WHERE NOT a.is_excluded), CAST('{}' AS bigint[])),
       coalesce(array_agg(DISTINCT a.participant_id) FILTER (WHERE a.is_excluded), CAST('{}' AS bigint[]))
FROM audience_rows a JOIN sendouts s ON s.id = a.sendout_id GROUP BY 1, 2, 3
"""
SHARERS_FROM_ROWS = """
INSERT INTO audience_sharers (organisation_id, sendout_id, participant_id, channel, address, stands_in)
SELECT s.organisation_id, a.sendout_id, a.participant_id, a.channel, a.address, coalesce(a.duplicate_of, a.participant_id)
FROM audience_rows a JOIN sendouts s ON s.id = a.sendout_id
WHERE a.address IS NOT NULL AND (a.duplicate_of IS NOT NULL OR (a.sendout_id, a.channel, a.participant_id) IN (
    SELECT sendout_id, channel, duplicate_of FROM audience_rows WHERE duplicate_of IS NOT NULL))
"""
ROWS_FROM_CHUNKS = """
INSERT INTO audience_rows (sendout_id, position, channel, participant_id, address, is_bad, is_excluded, duplicate_of)
SELECT k.sendout_id, dense_rank() OVER (PARTITION BY k.sendout_id ORDER BY k.number, p.id), c.channel, p.id,
       coalesce(h.address, CASE c.channel WHEN 'email' THEN nullif(p.email_address, '') ELSE nullif(p.phone_number, '') END),
       CASE c.channel WHEN 'email' THEN p.is_bad_email ELSE p.is_bad_number END, p.id = ANY(k.excluded_ids), nullif(h.stands_in, p.id)
FROM audience_chunks k JOIN sendouts s ON s.id = k.sendout_id
     JOIN participants p ON p.id = ANY(k.participant_ids || k.excluded_ids)
     JOIN (VALUES ('email'), ('sms')) AS c(channel) ON strpos(s.channel_plan, c.channel) > 0 OR s.channel_plan = 'both'
     LEFT JOIN audience_sharers h ON h.sendout_id = k.sendout_id AND h.participant_id = p.id AND h.channel = c.channel
"""


def upgrade() -> None:
    op.create_table(
        "audience_chunks",
        sa.Column("sendout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("participant_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("excluded_ids", ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("sendout_id", "number", name=op.f("pk_audience_chunks")),
    )
    op.create_index("ix_audience_chunks_organisation", "audience_chunks", ["organisation_id"])
    # Written once and read once, within the minute: not worth squeezing.
    op.execute("ALTER TABLE audience_chunks ALTER participant_ids SET STORAGE EXTERNAL, ALTER excluded_ids SET STORAGE EXTERNAL")
    op.create_table(
        "audience_sharers",
        sa.Column("sendout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("participant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("stands_in", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_audience_sharers_channel_known")),
        sa.PrimaryKeyConstraint("sendout_id", "participant_id", "channel", name=op.f("pk_audience_sharers")),
    )
    for statement in (CHUNKS_FROM_ROWS, SHARERS_FROM_ROWS, FOLLOW_SENDOUTS):
        op.execute(statement)
    op.drop_table("audience_rows")
    op.drop_column("sendouts", "freeze_position")


def downgrade() -> None:
    op.add_column("sendouts", sa.Column("freeze_position", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "audience_rows",
        sa.Column("sendout_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("participant_id", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.Text()),
        sa.Column("is_bad", sa.Boolean(), nullable=False),
        sa.Column("is_excluded", sa.Boolean(), nullable=False),
        sa.Column("duplicate_of", sa.BigInteger()),
        sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f("ck_audience_rows_channel_known")),
        sa.PrimaryKeyConstraint("sendout_id", "position", "channel", name=op.f("pk_audience_rows")),
    )
    for statement in (ROWS_FROM_CHUNKS, FOLLOWED_SENDOUTS):
        op.execute(statement)
    op.drop_table("audience_sharers")
    op.drop_table("audience_chunks")
