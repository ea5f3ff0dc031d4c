"""The tables, as docs/data-model.md draws them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('callback_receipts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('receipt_key', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('tries', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.CheckConstraint("kind IN ('ses', 'twilio_status', 'twilio_inbound')", name=op.f('ck_callback_receipts_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callback_receipts')),
    sa.UniqueConstraint('kind', 'receipt_key', name=op.f('uq_callback_receipts_kind_receipt_key'))
    )
    op.create_index('ix_callback_receipts_waiting', 'callback_receipts', ['due_at', 'id'], unique=False, postgresql_where=sa.text('applied_at IS NULL'))
    op.create_table('heartbeats',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('message_events',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('message_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('event_key', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('is_machine', sa.Boolean(), nullable=True),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('words', sa.Text(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_message_events_channel_known')),
    sa.CheckConstraint("kind IN ('status', 'open', 'click', 'unsubscribe', 'nothing')", name=op.f('ck_message_events_kind_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_message_events')),
    sa.UniqueConstraint('channel', 'event_key', name=op.f('uq_message_events_channel_event_key'))
    )
    op.create_index('ix_message_events_message', 'message_events', ['message_id', 'occurred_at'], unique=False)
    op.create_table('organisations',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('short_name', sa.Text(), nullable=False),
    sa.Column('postal_address', sa.Text(), server_default='', nullable=False),
    sa.Column('country', sa.Text(), server_default='GB', nullable=False),
    sa.Column('time_zone', sa.Text(), server_default='Europe/London', nullable=False),
    sa.Column('language', sa.Text(), server_default='en', nullable=False),
    sa.Column('is_tracking', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organisations'))
    )
    op.create_table('sendout_count_deltas',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('counter', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sendout_count_deltas'))
    )
    op.create_index('ix_sendout_count_deltas_sendout', 'sendout_count_deltas', ['sendout_id'], unique=False)
    op.create_table('server_troubles',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_server_troubles'))
    )
    op.create_table('users',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('phone_number', sa.Text(), nullable=True),
    sa.Column('password', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('fs_uniquifier', sa.Text(), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tf_primary_method', sa.Text(), nullable=True),
    sa.Column('tf_totp_secret', sa.Text(), nullable=True),
    sa.Column('tf_phone_number', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('email', name=op.f('uq_users_email')),
    sa.UniqueConstraint('fs_uniquifier', name=op.f('uq_users_fs_uniquifier'))
    )
    op.create_table('audit_entries',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=True),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('object_kind', sa.Text(), nullable=False),
    sa.Column('object_id', sa.BigInteger(), nullable=True),
    sa.Column('detail', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_audit_entries_organisation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_audit_entries_user_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    op.create_index(op.f('ix_audit_entries_organisation_id'), 'audit_entries', ['organisation_id'], unique=False)
    op.create_table('memberships',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('user_id', sa.BigInteger(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.CheckConstraint("role IN ('owner', 'organiser', 'author', 'viewer')", name=op.f('ck_memberships_role_known')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_memberships_organisation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_memberships_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships')),
    sa.UniqueConstraint('user_id', 'organisation_id', name=op.f('uq_memberships_user_id_organisation_id'))
    )
    op.create_table('participant_lists',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_participant_lists_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant_lists')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_participant_lists_organisation_id_id')),
    sa.UniqueConstraint('organisation_id', 'name', name=op.f('uq_participant_lists_organisation_id_name'))
    )
    op.create_table('participants',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('first_name', sa.Text(), server_default='', nullable=False),
    sa.Column('last_name', sa.Text(), server_default='', nullable=False),
    sa.Column('email_address', sa.Text(), nullable=True),
    sa.Column('phone_number', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('time_zone', sa.Text(), nullable=True),
    sa.Column('member_number', sa.Text(), nullable=True),
    sa.Column('about', postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('custom', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('is_bad_email', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('is_bad_number', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("phone_number LIKE '+%%'", name=op.f('ck_participants_phone_number_e164')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_participants_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participants')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_participants_organisation_id_id'))
    )
    op.create_index('ix_participants_email', 'participants', ['organisation_id', sa.literal_column('lower(email_address)')], unique=False)
    op.create_index('ix_participants_name', 'participants', ['organisation_id', sa.literal_column('lower(last_name)'), sa.literal_column('lower(first_name)'), 'id'], unique=False)
    op.create_index('ix_participants_phone', 'participants', ['organisation_id', 'phone_number'], unique=False)
    op.create_index('uq_participants_member_number', 'participants', ['organisation_id', 'member_number'], unique=True, postgresql_where=sa.text('member_number IS NOT NULL'))
    op.create_table('senders',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('display_name', sa.Text(), server_default='', nullable=False),
    sa.Column('tracking', sa.Text(), server_default='as_organisation', nullable=False),
    sa.Column('segments_per_second', sa.Double(), server_default=sa.text('1'), nullable=False),
    sa.Column('is_archived', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_senders_channel_known')),
    sa.CheckConstraint("kind IN ('email_address', 'number', 'messaging_service', 'alphanumeric')", name=op.f('ck_senders_kind_known')),
    sa.CheckConstraint("tracking IN ('as_organisation', 'on', 'off')", name=op.f('ck_senders_tracking_known')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_senders_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_senders')),
    sa.UniqueConstraint('channel', 'address', name=op.f('uq_senders_channel_address')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_senders_organisation_id_id'))
    )
    op.create_table('soft_bounces',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('occurred_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_soft_bounces_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_soft_bounces'))
    )
    op.create_index('uq_soft_bounces', 'soft_bounces', ['organisation_id', 'address', 'sendout_id'], unique=True)
    op.create_table('unsubscribe_entries',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('scope', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=True),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('inbound_text_id', sa.BigInteger(), nullable=True),
    sa.Column('created_by', sa.BigInteger(), nullable=True),
    sa.Column('proof', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lifted_by', sa.BigInteger(), nullable=True),
    sa.Column('lift_reason', sa.Text(), nullable=True),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_unsubscribe_entries_channel_known')),
    sa.CheckConstraint("reason IN ('bounce', 'complaint', 'bad_email', 'bad_number', 'stop', 'unsubscribe', 'soft_bounces', 'manual')", name=op.f('ck_unsubscribe_entries_reason_known')),
    sa.CheckConstraint("scope IN ('all', 'marketing')", name=op.f('ck_unsubscribe_entries_scope_known')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_unsubscribe_entries_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['lifted_by'], ['users.id'], name=op.f('fk_unsubscribe_entries_lifted_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_unsubscribe_entries_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unsubscribe_entries'))
    )
    op.create_index('ix_unsubscribe_entries_recent', 'unsubscribe_entries', ['organisation_id', sa.literal_column('id DESC')], unique=False)
    op.create_index('ix_unsubscribe_entries_sendout', 'unsubscribe_entries', ['sendout_id'], unique=False, postgresql_where=sa.text('sendout_id IS NOT NULL'))
    op.create_index('uq_unsubscribe_entries_standing', 'unsubscribe_entries', ['organisation_id', 'channel', 'address', 'reason'], unique=True, postgresql_where=sa.text('lifted_at IS NULL'))
    op.create_table('inbound_texts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('sender_id', sa.BigInteger(), nullable=False),
    sa.Column('from_number', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('media', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
    sa.Column('provider_ref', sa.Text(), nullable=False),
    sa.Column('keyword', sa.Text(), nullable=False),
    sa.Column('segments', sa.SmallInteger(), server_default=sa.text('1'), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=True),
    sa.Column('message_id', sa.BigInteger(), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_by', sa.BigInteger(), nullable=True),
    sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("keyword IN ('none', 'stop', 'start', 'help', 'likely_stop')", name=op.f('ck_inbound_texts_keyword_known')),
    sa.ForeignKeyConstraint(['done_by'], ['users.id'], name=op.f('fk_inbound_texts_done_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id', 'sender_id'], ['senders.organisation_id', 'senders.id'], name=op.f('fk_inbound_texts_organisation_id_sender_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_inbound_texts_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_texts'))
    )
    op.create_index('ix_inbound_texts_number', 'inbound_texts', ['organisation_id', 'from_number', 'id'], unique=False)
    op.create_index('ix_inbound_texts_recent', 'inbound_texts', ['organisation_id', sa.literal_column('id DESC')], unique=False)
    op.create_index('uq_inbound_texts_ref', 'inbound_texts', ['provider_ref'], unique=True)
    op.create_table('list_memberships',
    sa.Column('list_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('participant_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('added_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id', 'list_id'], ['participant_lists.organisation_id', 'participant_lists.id'], name=op.f('fk_list_memberships_organisation_id_list_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id', 'participant_id'], ['participants.organisation_id', 'participants.id'], name=op.f('fk_list_memberships_organisation_id_participant_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('list_id', 'participant_id', name=op.f('pk_list_memberships'))
    )
    op.create_index('ix_list_memberships_participant', 'list_memberships', ['participant_id'], unique=False)
    op.create_table('participant_imports',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('list_id', sa.BigInteger(), nullable=True),
    sa.Column('created_by', sa.BigInteger(), nullable=True),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('state', sa.Text(), server_default='uploaded', nullable=False),
    sa.Column('mapping', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('text_consent_proof', sa.Text(), nullable=True),
    sa.Column('row_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('next_line', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('new_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('updated_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('same_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('failed_count', sa.Integer(), server_default=sa.text('0'), nullable=False),
    sa.Column('failure', sa.Text(), nullable=True),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('uploaded', 'running', 'done', 'cancelled', 'undone', 'failed')", name=op.f('ck_participant_imports_state_known')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_participant_imports_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['list_id'], ['participant_lists.id'], name=op.f('fk_participant_imports_list_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_participant_imports_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participant_imports')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_participant_imports_organisation_id_id'))
    )
    op.create_table('sendouts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('created_by', sa.BigInteger(), nullable=True),
    sa.Column('title', sa.Text(), server_default='', nullable=False),
    sa.Column('communication_type', sa.Text(), nullable=True),
    sa.Column('channel_plan', sa.Text(), server_default='email', nullable=False),
    sa.Column('is_urgent', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('one_per_address', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('email_sender_id', sa.BigInteger(), nullable=True),
    sa.Column('sms_sender_id', sa.BigInteger(), nullable=True),
    sa.Column('reply_to', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('preview_text', sa.Text(), server_default='', nullable=False),
    sa.Column('html', sa.Text(), server_default='', nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('sms_body', sa.Text(), server_default='', nullable=False),
    sa.Column('is_tracking', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('fallback_hours', sa.Integer(), server_default=sa.text('24'), nullable=False),
    sa.Column('state', sa.Text(), server_default='draft', nullable=False),
    sa.Column('held_reason', sa.Text(), nullable=True),
    sa.Column('saved_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('scheduled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('launched_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('launched_by', sa.BigInteger(), nullable=True),
    sa.Column('leaves_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('not_useful_after', sa.DateTime(timezone=True), nullable=True),
    sa.Column('frozen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('freeze_position', sa.BigInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('audience_count', sa.Integer(), nullable=True),
    sa.Column('first_accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_progress_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('resend_of', sa.BigInteger(), nullable=True),
    sa.Column('root_id', sa.BigInteger(), nullable=True),
    sa.Column('audience_rule', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
    sa.Column('form_token', sa.Text(), nullable=True),
    sa.CheckConstraint("channel_plan IN ('email', 'sms', 'both', 'email_else_sms', 'sms_else_email')", name=op.f('ck_sendouts_channel_plan_known')),
    sa.CheckConstraint("communication_type IN ('marketing', 'non_marketing')", name=op.f('ck_sendouts_communication_type_known')),
    sa.CheckConstraint("state = 'draft' OR communication_type IS NOT NULL", name=op.f('ck_sendouts_type_chosen')),
    sa.CheckConstraint("state IN ('draft', 'scheduled', 'launching', 'running', 'paused', 'held', 'cancelled')", name=op.f('ck_sendouts_state_known')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_sendouts_created_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['launched_by'], ['users.id'], name=op.f('fk_sendouts_launched_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id', 'email_sender_id'], ['senders.organisation_id', 'senders.id'], name=op.f('fk_sendouts_organisation_id_email_sender_id')),
    sa.ForeignKeyConstraint(['organisation_id', 'resend_of'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_sendouts_organisation_id_resend_of')),
    sa.ForeignKeyConstraint(['organisation_id', 'sms_sender_id'], ['senders.organisation_id', 'senders.id'], name=op.f('fk_sendouts_organisation_id_sms_sender_id')),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_sendouts_organisation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sendouts')),
    sa.UniqueConstraint('organisation_id', 'form_token', name=op.f('uq_sendouts_organisation_id_form_token')),
    sa.UniqueConstraint('organisation_id', 'id', name=op.f('uq_sendouts_organisation_id_id'))
    )
    op.create_index('ix_sendouts_active', 'sendouts', ['state'], unique=False, postgresql_where=sa.text("state IN ('scheduled', 'launching', 'running')"))
    op.create_index('ix_sendouts_recent', 'sendouts', ['organisation_id', sa.literal_column('id DESC')], unique=False)
    op.create_table('audience_rows',
    sa.Column('sendout_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.String(), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('is_bad', sa.Boolean(), nullable=False),
    sa.Column('is_excluded', sa.Boolean(), nullable=False),
    sa.Column('duplicate_of', sa.BigInteger(), nullable=True),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_audience_rows_channel_known')),
    sa.ForeignKeyConstraint(['sendout_id'], ['sendouts.id'], name=op.f('fk_audience_rows_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sendout_id', 'position', 'channel', name=op.f('pk_audience_rows'))
    )
    op.create_table('batches',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), server_default='ready', nullable=False),
    sa.Column('attempt', sa.SmallInteger(), server_default=sa.text('0'), nullable=False),
    sa.Column('message_count', sa.SmallInteger(), nullable=False),
    sa.Column('ready_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'open') = (lease_until IS NOT NULL)", name=op.f('ck_batches_open_has_lease')),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_batches_channel_known')),
    sa.CheckConstraint("state IN ('ready', 'open', 'done')", name=op.f('ck_batches_state_known')),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_batches_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches'))
    )
    op.create_index('ix_batches_open', 'batches', ['lease_until'], unique=False, postgresql_where=sa.text("state = 'open'"))
    op.create_index('ix_batches_ready', 'batches', ['sendout_id', 'channel', 'id'], unique=False, postgresql_where=sa.text("state = 'ready'"))
    op.create_table('import_changes',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('import_id', sa.BigInteger(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=True),
    sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('row', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['organisation_id', 'import_id'], ['participant_imports.organisation_id', 'participant_imports.id'], name=op.f('fk_import_changes_organisation_id_import_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_changes')),
    sa.UniqueConstraint('import_id', 'line', name=op.f('uq_import_changes_import_id_line'))
    )
    op.create_table('messages',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('address', sa.Text(), nullable=True),
    sa.Column('batch_id', sa.BigInteger(), nullable=True),
    sa.Column('fallback_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('status', sa.Text(), server_default='pending', nullable=False),
    sa.Column('skip_reason', sa.Text(), nullable=True),
    sa.Column('duplicate_of', sa.BigInteger(), nullable=True),
    sa.Column('cancelled_by', sa.BigInteger(), nullable=True),
    sa.Column('provider_ref', sa.Text(), nullable=True),
    sa.Column('error_code', sa.Text(), nullable=True),
    sa.Column('error_words', sa.Text(), nullable=True),
    sa.Column('segments', sa.SmallInteger(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('machine_opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('clicked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('machine_clicked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('responded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('wrote_back_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opted_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opted_out_by', sa.Text(), nullable=True),
    sa.Column('shown_status', sa.Text(), sa.Computed("CASE\n    WHEN status IN ('skipped', 'cancelled', 'complaint') THEN status\n    WHEN opted_out_at IS NOT NULL THEN CASE opted_out_by WHEN 'stop' THEN 'stopped' ELSE 'unsubscribed' END\n    WHEN status IN ('bounced', 'bad_email', 'bad_number', 'failed', 'not_sent') THEN status\n    WHEN responded_at IS NOT NULL THEN 'responded'\n    WHEN acknowledged_at IS NOT NULL THEN 'acknowledged'\n    WHEN wrote_back_at IS NOT NULL THEN 'wrote_back'\n    WHEN clicked_at IS NOT NULL THEN 'clicked'\n    WHEN opened_at IS NOT NULL THEN 'opened'\n    ELSE status END", persisted=True), nullable=False),
    sa.CheckConstraint("(status = 'skipped') = (skip_reason IS NOT NULL)", name=op.f('ck_messages_skip_has_reason')),
    sa.CheckConstraint("channel IN ('email', 'sms')", name=op.f('ck_messages_channel_known')),
    sa.CheckConstraint("skip_reason IN ('excluded', 'no_address', 'bad_address', 'duplicate', 'stopped', 'complained', 'bounced', 'unsubscribed', 'no_consent', 'other_channel', 'unsubscribed_since', 'quiet_hours', 'too_late', 'contact_cap', 'cancelled_by')", name=op.f('ck_messages_skip_reason_known')),
    sa.CheckConstraint("status IN ('pending', 'sending', 'in_doubt', 'cancelled', 'sent', 'delayed', 'soft_bounced', 'not_sent', 'failed', 'bad_number', 'skipped', 'delivered', 'bad_email', 'bounced', 'complaint')", name=op.f('ck_messages_status_known')),
    sa.CheckConstraint('(opted_out_at IS NULL) = (opted_out_by IS NULL)', name=op.f('ck_messages_opt_out_has_method')),
    sa.ForeignKeyConstraint(['cancelled_by'], ['users.id'], name=op.f('fk_messages_cancelled_by'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_messages_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_messages')),
    sa.UniqueConstraint('sendout_id', 'participant_id', 'channel', name=op.f('uq_messages_sendout_id_participant_id_channel'))
    )
    op.create_index('ix_messages_number', 'messages', ['address', 'accepted_at'], unique=False, postgresql_where=sa.text("channel = 'sms' AND accepted_at IS NOT NULL"))
    op.create_index('ix_messages_participant', 'messages', ['participant_id', 'id'], unique=False)
    op.create_index('ix_messages_shown', 'messages', ['sendout_id', 'channel', 'shown_status', 'id'], unique=False)
    op.create_index('ix_messages_unsettled', 'messages', ['batch_id'], unique=False, postgresql_where=sa.text("status IN ('pending', 'in_doubt')"))
    op.create_index('ix_messages_waiting', 'messages', ['sendout_id', 'fallback_until'], unique=False, postgresql_where=sa.text("fallback_until IS NOT NULL AND status = 'pending'"))
    op.create_index('uq_messages_provider_ref', 'messages', ['provider_ref'], unique=True, postgresql_where=sa.text('provider_ref IS NOT NULL'))
    op.create_table('sendout_attachments',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('file_name', sa.Text(), nullable=False),
    sa.Column('content_type', sa.Text(), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_sendout_attachments_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sendout_attachments'))
    )
    op.create_index('ix_sendout_attachments_sendout', 'sendout_attachments', ['sendout_id'], unique=False)
    op.create_table('sendout_counts',
    sa.Column('sendout_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('counter', sa.Text(), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['sendout_id'], ['sendouts.id'], name=op.f('fk_sendout_counts_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sendout_id', 'channel', 'counter', name=op.f('pk_sendout_counts'))
    )
    op.create_table('sendout_lists',
    sa.Column('sendout_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('list_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('is_excluded', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id', 'list_id'], ['participant_lists.organisation_id', 'participant_lists.id'], name=op.f('fk_sendout_lists_organisation_id_list_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_sendout_lists_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sendout_id', 'list_id', name=op.f('pk_sendout_lists'))
    )
    op.create_table('sendout_people',
    sa.Column('sendout_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('participant_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('is_excluded', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id', 'participant_id'], ['participants.organisation_id', 'participants.id'], name=op.f('fk_sendout_people_organisation_id_participant_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_sendout_people_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('sendout_id', 'participant_id', name=op.f('pk_sendout_people'))
    )
    op.create_table('text_consents',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('participant_id', sa.BigInteger(), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.Column('import_id', sa.BigInteger(), nullable=True),
    sa.Column('recorded_by', sa.BigInteger(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['import_id'], ['participant_imports.id'], name=op.f('fk_text_consents_import_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['organisation_id', 'participant_id'], ['participants.organisation_id', 'participants.id'], name=op.f('fk_text_consents_organisation_id_participant_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['organisation_id'], ['organisations.id'], name=op.f('fk_text_consents_organisation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recorded_by'], ['users.id'], name=op.f('fk_text_consents_recorded_by'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_text_consents'))
    )
    op.create_index('ix_text_consents_participant', 'text_consents', ['participant_id'], unique=False)
    op.create_table('tracked_links',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('organisation_id', sa.BigInteger(), nullable=False),
    sa.Column('sendout_id', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['organisation_id', 'sendout_id'], ['sendouts.organisation_id', 'sendouts.id'], name=op.f('fk_tracked_links_organisation_id_sendout_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tracked_links')),
    sa.UniqueConstraint('sendout_id', 'position', name=op.f('uq_tracked_links_sendout_id_position'))
    )


def downgrade() -> None:
    op.drop_table('tracked_links')
    op.drop_index('ix_text_consents_participant', table_name='text_consents')
    op.drop_table('text_consents')
    op.drop_table('sendout_people')
    op.drop_table('sendout_lists')
    op.drop_table('sendout_counts')
    op.drop_index('ix_sendout_attachments_sendout', table_name='sendout_attachments')
    op.drop_table('sendout_attachments')
    op.drop_index('uq_messages_provider_ref', table_name='messages', postgresql_where=sa.text('provider_ref IS NOT NULL'))
    op.drop_index('ix_messages_waiting', table_name='messages', postgresql_where=sa.text("fallback_until IS NOT NULL AND status = 'pending'"))
    op.drop_index('ix_messages_unsettled', table_name='messages', postgresql_where=sa.text("status IN ('pending', 'in_doubt')"))
    op.drop_index('ix_messages_shown', table_name='messages')
    op.drop_index('ix_messages_participant', table_name='messages')
    op.drop_index('ix_messages_number', table_name='messages', postgresql_where=sa.text("channel = 'sms' AND accepted_at IS NOT NULL"))
    op.drop_table('messages')
    op.drop_table('import_changes')
    op.drop_index('ix_batches_ready', table_name='batches', postgresql_where=sa.text("state = 'ready'"))
    op.drop_index('ix_batches_open', table_name='batches', postgresql_where=sa.text("state = 'open'"))
    op.drop_table('batches')
    op.drop_table('audience_rows')
    op.drop_index('ix_sendouts_recent', table_name='sendouts')
    op.drop_index('ix_sendouts_active', table_name='sendouts', postgresql_where=sa.text("state IN ('scheduled', 'launching', 'running')"))
    op.drop_table('sendouts')
    op.drop_table('participant_imports')
    op.drop_index('ix_list_memberships_participant', table_name='list_memberships')
    op.drop_table('list_memberships')
    op.drop_index('uq_inbound_texts_ref', table_name='inbound_texts')
    op.drop_index('ix_inbound_texts_recent', table_name='inbound_texts')
    op.drop_index('ix_inbound_texts_number', table_name='inbound_texts')
    op.drop_table('inbound_texts')
    op.drop_index('uq_unsubscribe_entries_standing', table_name='unsubscribe_entries', postgresql_where=sa.text('lifted_at IS NULL'))
    op.drop_index('ix_unsubscribe_entries_sendout', table_name='unsubscribe_entries', postgresql_where=sa.text('sendout_id IS NOT NULL'))
    op.drop_index('ix_unsubscribe_entries_recent', table_name='unsubscribe_entries')
    op.drop_table('unsubscribe_entries')
    op.drop_index('uq_soft_bounces', table_name='soft_bounces')
    op.drop_table('soft_bounces')
    op.drop_table('senders')
    op.drop_index('uq_participants_member_number', table_name='participants', postgresql_where=sa.text('member_number IS NOT NULL'))
    op.drop_index('ix_participants_phone', table_name='participants')
    op.drop_index('ix_participants_name', table_name='participants')
    op.drop_index('ix_participants_email', table_name='participants')
    op.drop_table('participants')
    op.drop_table('participant_lists')
    op.drop_table('memberships')
    op.drop_index(op.f('ix_audit_entries_organisation_id'), table_name='audit_entries')
    op.drop_table('audit_entries')
    op.drop_table('users')
    op.drop_table('server_troubles')
    op.drop_index('ix_sendout_count_deltas_sendout', table_name='sendout_count_deltas')
    op.drop_table('sendout_count_deltas')
    op.drop_table('organisations')
    op.drop_index('ix_message_events_message', table_name='message_events')
    op.drop_table('message_events')
    op.drop_table('heartbeats')
    op.drop_index('ix_callback_receipts_waiting', table_name='callback_receipts', postgresql_where=sa.text('applied_at IS NULL'))
    op.drop_table('callback_receipts')
