"""Counters are worked out once for all rows of a statement that are alike, and for none where it touched none.

A statement is about a batch or a chunk, nearly all of whose rows say the same; their counters were put together row by row.
"""

from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

# All that a row's counters hang on; rows that agree in these are alike.
STANDING = (
    "{row}shown_status",
    "{row}skip_reason",
    "{row}accepted_at IS NOT NULL",
    "{row}delivered_at IS NOT NULL AND {row}status NOT IN ('bounced', 'bad_email')",
    "coalesce({row}opened_at, {row}clicked_at, {row}acknowledged_at, {row}responded_at) IS NOT NULL",
    "{row}machine_opened_at IS NOT NULL",
    "{row}clicked_at IS NOT NULL",
    "{row}machine_clicked_at IS NOT NULL",
)


def standing(row: str) -> str:
    """These of a row by this name."""
    return ", ".join(STANDING).format(row=row)


COUNTERS_OF = """
CREATE OR REPLACE FUNCTION counters_of(
    shown_status text, skip_reason text, is_accepted boolean, is_delivered boolean,
    is_opened boolean, is_machine_opened boolean, is_clicked boolean, is_machine_clicked boolean
) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_remove(ARRAY[
        'shown:' || shown_status,
        'skip:' || skip_reason,
        CASE WHEN is_accepted THEN 'fact:accepted' END,
        CASE WHEN is_delivered THEN 'fact:delivered' END,
        CASE WHEN is_opened THEN 'fact:opened' WHEN is_machine_opened THEN 'fact:machine_opened' END,
        CASE WHEN is_clicked THEN 'fact:clicked' WHEN is_machine_clicked THEN 'fact:machine_clicked' END
    ], NULL)
$$
"""

MESSAGE_COUNTERS = f"""
CREATE OR REPLACE FUNCTION message_counters(m messages) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT counters_of({standing("m.")})
$$
"""

ALIKE = f"SELECT sendout_id, channel, {standing('')}, count(*) FROM %s GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10"
NAMES = "(sendout_id, channel, shown, skip, accepted, delivered, opened, machine_opened, clicked, machine_clicked, amount)"
COUNTER = "unnest(counters_of(shown, skip, accepted, delivered, opened, machine_opened, clicked, machine_clicked)) AS counter"

COUNT_INSERTS = f"""
CREATE OR REPLACE FUNCTION count_message_inserts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount)
    FROM ({ALIKE % "new_rows"}) AS alike {NAMES}, {COUNTER}
    GROUP BY 1, 2, 3;
    RETURN NULL;
END $$
"""

COUNT_UPDATES = f"""
CREATE OR REPLACE FUNCTION count_message_updates() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM new_rows) THEN
        RETURN NULL;
    END IF;
    INSERT INTO sendout_count_deltas (sendout_id, channel, counter, amount)
    SELECT sendout_id, channel, counter, sum(amount * sign)
    FROM (SELECT *, 1 FROM ({ALIKE % "new_rows"}) AS after
          UNION ALL
          SELECT *, -1 FROM ({ALIKE % "old_rows"}) AS before) AS alike {NAMES[:-1]}, sign), {COUNTER}
    GROUP BY 1, 2, 3
    HAVING sum(amount * sign) <> 0;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for statement in (COUNTERS_OF, MESSAGE_COUNTERS, COUNT_INSERTS, COUNT_UPDATES):
        op.execute(statement)


def downgrade() -> None:
    """The new functions stay: what they count is the same."""
