"""Counters kept by statement triggers, and the delivery ladder in SQL.

A page reads totals and deltas in one statement, so that it costs the same at a thousand and at ten million messages.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DELIVERY_RUNG = """
CREATE FUNCTION delivery_rung(status text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_position(ARRAY[
        'sent', 'delayed', 'soft_bounced', 'not_sent', 'failed', 'bad_number', 'skipped',
        'delivered', 'bad_email', 'bounced', 'complaint'], status), 0)::smallint
$$
"""

MESSAGE_COUNTERS = """
CREATE FUNCTION message_counters(m messages) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[
        'shown:' || m.shown_status,
        'skip:' || m.skip_reason,
        CASE WHEN m.accepted_at IS NOT NULL THEN 'fact:accepted' END,
        CASE WHEN m.delivered_at IS NOT NULL AND m.status NOT IN ('bounced', 'bad_email') THEN 'fact:delivered' END,
        CASE WHEN coalesce(m.opened_at, m.clicked_at, m.acknowledged_at, m.responded_at) IS NOT NULL THEN 'fact:opened'
             WHEN m.machine_opened_at IS NOT NULL THEN 'fact:machine_opened' END,
        CASE WHEN m.clicked_at IS NOT NULL THEN 'fact:clicked'
             WHEN m.machine_clicked_at IS NOT NULL THEN 'fact:machine_clicked' END
    ], NULL)
$$
"""

COUNT_INSERTS = """
CREATE FUNCTION count_message_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT n.sendout_id, n.channel, c.counter, count(*)
    FROM new_rows n, unnest(message_counters(n::messages)) AS c(counter)
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$
"""

COUNT_UPDATES = """
CREATE FUNCTION count_message_updates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount)
    FROM (SELECT n.sendout_id, n.channel, c.counter, 1 AS amount FROM new_rows n, unnest(message_counters(n::messages)) AS c(counter)
          UNION ALL
          SELECT o.sendout_id, o.channel, c.counter, -1 FROM old_rows o, unnest(message_counters(o::messages)) AS c(counter)) AS changes
    GROUP BY 1, 2, 3
    HAVING sum(amount) <> 0;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for statement in (DELIVERY_RUNG, MESSAGE_COUNTERS, COUNT_INSERTS, COUNT_UPDATES):
        op.execute(statement)
    op.execute(
        "CREATE TRIGGER count_inserts AFTER INSERT ON messages REFERENCING NEW TABLE AS new_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION count_message_inserts()"
    )
    op.execute(
        "CREATE TRIGGER count_updates AFTER UPDATE ON messages REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION count_message_updates()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER count_updates ON messages")
    op.execute("DROP TRIGGER count_inserts ON messages")
    for function in ("count_message_updates()", "count_message_inserts()", "message_counters(messages)", "delivery_rung(text)"):
        op.execute(f"DROP FUNCTION {function}")
