"""Less to write for each message: one index instead of two by participant, no key to users, and counters grouped before they are spread.

A key that is checked row by row was queued for every message although hardly any names a user; the new index is built while others write.
"""

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

BY_SENDOUT = "uq_messages_sendout_id_participant_id_channel"
BY_PARTICIPANT = "uq_messages_participant_id_sendout_id_channel"

COUNT_INSERTS = """
CREATE OR REPLACE FUNCTION count_message_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount)
    FROM (SELECT n.sendout_id, n.channel, message_counters(n::messages) AS counters, count(*) AS amount
          FROM new_rows n GROUP BY 1, 2, 3) AS alike, unnest(counters) AS counter
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$
"""

COUNT_UPDATES = """
CREATE OR REPLACE FUNCTION count_message_updates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount)
    FROM (SELECT n.sendout_id, n.channel, message_counters(n::messages) AS counters, count(*) AS amount FROM new_rows n GROUP BY 1, 2, 3
          UNION ALL
          SELECT o.sendout_id, o.channel, message_counters(o::messages), -count(*) FROM old_rows o GROUP BY 1, 2, 3) AS alike,
         unnest(counters) AS counter
    GROUP BY 1, 2, 3
    HAVING sum(amount) <> 0;
    RETURN NULL;
END $$
"""

CHECK_SENDOUTS = """
CREATE OR REPLACE FUNCTION check_message_sendouts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named record;
BEGIN
    FOR named IN SELECT DISTINCT sendout_id, organisation_id FROM new_rows ORDER BY 1, 2 LOOP
        PERFORM FROM sendouts WHERE id = named.sendout_id AND organisation_id = named.organisation_id FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE foreign_key_violation USING MESSAGE = 'a message names a send-out that its organisation does not have';
        END IF;
    END LOOP;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    with op.get_context().autocommit_block():  # first, and from the start where an earlier try was cut off
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {BY_PARTICIPANT}")
        op.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {BY_PARTICIPANT} ON messages (participant_id, sendout_id, channel)")
    op.execute(f"ALTER TABLE messages ADD CONSTRAINT {BY_PARTICIPANT} UNIQUE USING INDEX {BY_PARTICIPANT}")
    op.drop_constraint(BY_SENDOUT, "messages")
    op.drop_index("ix_messages_participant", "messages")
    op.drop_constraint("fk_messages_cancelled_by", "messages", type_="foreignkey")
    for statement in (COUNT_INSERTS, COUNT_UPDATES, CHECK_SENDOUTS):
        op.execute(statement)


def downgrade() -> None:
    """The functions stay: what they do is the same."""
    op.execute("UPDATE messages SET cancelled_by = NULL WHERE cancelled_by NOT IN (SELECT id FROM users)")
    op.create_foreign_key("fk_messages_cancelled_by", "messages", "users", ["cancelled_by"], ["id"], ondelete="SET NULL")
    op.create_index("ix_messages_participant", "messages", ["participant_id", "id"])
    op.create_unique_constraint(BY_SENDOUT, "messages", ["sendout_id", "participant_id", "channel"])
    op.drop_constraint(BY_PARTICIPANT, "messages")
