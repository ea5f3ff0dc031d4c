"""What erasing a person writes, table by table. Rows stay, so that every count stays; what says who they were goes.

`:ids` are the person's rows of `participants`, `:addresses` their own addresses and numbers in key form,
`:pattern` finds one of those in a text, `:name` stands in for a number where one is needed.
"""

from sqlalchemy import TextClause, text

_PARTS = {
    "<messages>": "(SELECT id FROM messages WHERE participant_id = <ids>)",
    "<texts>": "(SELECT id FROM inbound_texts WHERE organisation_id = :organisation_id AND from_number = :name AND participant_id = <ids>)",
    "<ids>": "ANY(CAST(:ids AS bigint[]))",
    "<addresses>": "ANY(CAST(:addresses AS text[]))",
}


def _written(statement: str) -> TextClause:
    for part, meaning in _PARTS.items():
        statement = statement.replace(part, meaning)
    return text(statement)


MESSAGES = _written("UPDATE messages SET address = NULL, error_words = NULL WHERE participant_id = <ids>")

# A hand-over that is under way knows the address: whatever it learns would be written down with it.
HANDED_OVER_NOW = _written("""
    SELECT EXISTS (SELECT FROM messages m JOIN batches b ON b.id = m.batch_id
                   WHERE m.participant_id = <ids> AND b.state = 'open' AND m.status IN ('pending', 'sending'))""")

# In this order: the texts first, as what follows finds them by the name that they get.
STATEMENTS = tuple(
    _written(statement)
    for statement in (
        """UPDATE message_events SET words = NULL,
                detail = jsonb_strip_nulls(jsonb_build_object('link', detail->'link', 'said_machine', to_jsonb(is_machine)))
            WHERE message_id IN <messages>""",
        """UPDATE follow_up_entries SET comment = CASE comment WHEN '' THEN '' ELSE '(erased)' END, by_name = ''
            WHERE message_id IN <messages>""",
        """UPDATE inbound_texts SET from_number = :name, body = '', media = '[]', doubt = NULL,
                participant_id = coalesce(participant_id, :id), reviewed_at = coalesce(reviewed_at, now()),
                read_at = coalesce(read_at, now()), done_at = coalesce(done_at, now())
            WHERE organisation_id = :organisation_id AND (from_number = <addresses> OR participant_id = <ids>)""",
        """UPDATE reply_tasks SET words = NULL, address = CASE WHEN lower(address) = <addresses> THEN :name ELSE address END,
                state = CASE state WHEN 'due' THEN 'skipped' ELSE state END
            WHERE text_id IN <texts>""",
        """UPDATE answer_mails SET body = '', from_address = '', words = NULL,
                state = CASE state WHEN 'waiting' THEN 'discarded' ELSE state END
            WHERE task_id IN (SELECT id FROM reply_tasks WHERE text_id IN <texts>)""",
        "DELETE FROM conversation_holds WHERE organisation_id = :organisation_id AND number = <addresses>",
        "DELETE FROM text_consents WHERE participant_id = <ids>",
        "DELETE FROM list_memberships WHERE participant_id = <ids>",
        "DELETE FROM soft_bounces WHERE organisation_id = :organisation_id AND address = <addresses>",
        "DELETE FROM message_actions WHERE organisation_id = :organisation_id AND address = <addresses>",
        """UPDATE sendouts SET forward_email = CASE WHEN lower(forward_email) = <addresses> THEN NULL ELSE forward_email END,
                forward_phone = CASE WHEN forward_phone = <addresses> THEN NULL ELSE forward_phone END
            WHERE organisation_id = :organisation_id AND (lower(forward_email) = <addresses> OR forward_phone = <addresses>)""",
        # What was written to this person alone speaks of nobody else.
        """UPDATE sendouts s SET title = 'Erased', subject = '', preview_text = '', html = '', text = NULL, sms_body = '', auto_reply = ''
            WHERE s.organisation_id = :organisation_id
              AND s.id IN (SELECT sendout_id FROM sendout_people WHERE participant_id = <ids> AND NOT is_excluded)
              AND NOT EXISTS (SELECT FROM sendout_lists l WHERE l.sendout_id = s.id)
              AND NOT EXISTS (SELECT FROM sendout_filters f WHERE f.sendout_id = s.id)
              AND NOT EXISTS (SELECT FROM sendout_people o WHERE o.sendout_id = s.id AND o.participant_id <> ALL(CAST(:ids AS bigint[])))
              AND NOT EXISTS (SELECT FROM messages m WHERE m.sendout_id = s.id AND m.participant_id <> ALL(CAST(:ids AS bigint[])))""",
        """UPDATE import_changes SET changes = NULL, row = NULL, reason = NULL
           WHERE organisation_id = :organisation_id AND participant_id = <ids>""",
        """UPDATE import_changes SET row = NULL, reason = regexp_replace(reason, :pattern, '(erased)', 'gi')
           WHERE organisation_id = :organisation_id AND (reason ~* :pattern OR row::text ~* :pattern)""",
        # Undoing such an import would put the address back; a field that is not noted stays as it is then.
        """UPDATE import_changes SET changes = (
                SELECT jsonb_object_agg(key, value) FROM jsonb_each(changes) WHERE value::text !~* :pattern)
           WHERE organisation_id = :organisation_id AND changes::text ~* :pattern""",
        """UPDATE audit_entries SET detail = '{"erased": true}'
           WHERE organisation_id = :organisation_id AND object_kind = 'participant' AND object_id = ANY(CAST(:ids AS bigint[]))""",
        """UPDATE audit_entries SET detail = CAST(regexp_replace(detail::text, :pattern, '(erased)', 'gi') AS jsonb)
           WHERE organisation_id = :organisation_id AND detail::text ~* :pattern""",
        """UPDATE participants SET first_name = '', last_name = 'Erased person', email_address = NULL, phone_number = NULL,
                language = NULL, time_zone = NULL, member_number = NULL, about = '{}', custom = '{}',
                is_bad_email = false, is_bad_number = false, erased_at = now()
            WHERE id = <ids>""",
        # After a program that was changing this very person: it holds their row until its answer is written down.
        """DELETE FROM api_requests WHERE organisation_id = :organisation_id
              AND (answer::text ~* :pattern OR (jsonb_exists(answer, 'first_name') AND CAST(answer->>'id' AS bigint) = <ids>))""",
    )
)

# What stands on the Unsubscribes list already goes on standing, under the hash.
HASHED = text("""
    UPDATE unsubscribe_entries SET address = :form, is_hashed = true,
        lift_reason = CASE WHEN lift_reason IS NULL THEN NULL ELSE 'Erased' END,
        proof = jsonb_strip_nulls(jsonb_build_object('at', proof->'at', 'code', proof->'code', 'replaces', proof->'replaces'))
    WHERE organisation_id = :organisation_id AND channel = :channel AND address = :address""")

# Raw callbacks are many, and found by no index: they are walked through in the background (app/reports/privacy/callbacks.py).
REMEMBERED = text("INSERT INTO cleaning_marks (name, position) VALUES (:mark, 0) ON CONFLICT (name) DO UPDATE SET position = 0")
