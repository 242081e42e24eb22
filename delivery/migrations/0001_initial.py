"""The log, the queues and the destinations."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

# The log is partitioned by day of its time-ordered ids. Days are created ahead by
# `delivery.partitions`; the default partition catches what no day fits, so nothing is refused.
# Bodies stand apart from rows: they are never updated, and their retention is shorter.
TABLES = """
CREATE TABLE event (
    id uuid PRIMARY KEY,
    property_id bigint NOT NULL,
    environment_id bigint NOT NULL,
    datastream_id bigint NOT NULL,
    client_id varchar(255) NOT NULL,
    name varchar(255) NOT NULL,
    received_at timestamptz NOT NULL,
    outcome varchar(16) NOT NULL DEFAULT 'received' CHECK (outcome IN ('received', 'evaluated',
        'delivered', 'partly_delivered', 'not_sent', 'rejected', 'expired', 'failed', 'erased')),
    reason varchar(120) NOT NULL DEFAULT '',
    build_id bigint,
    evaluated_at timestamptz,
    refusals jsonb NOT NULL DEFAULT '[]',
    person_hashes bytea[] NOT NULL DEFAULT '{}'
) PARTITION BY RANGE (id);
CREATE TABLE event_body (
    event_id uuid PRIMARY KEY,
    body bytea NOT NULL
) PARTITION BY RANGE (event_id);
CREATE TABLE delivery (
    event_id uuid NOT NULL,
    component varchar(34) NOT NULL,
    rule varchar(34) NOT NULL,
    destination_id bigint NOT NULL,
    name varchar(255) NOT NULL,
    dedup_id varchar(255) NOT NULL,
    outcome varchar(10) NOT NULL DEFAULT 'pending' CHECK (outcome IN ('pending', 'in_flight',
        'held', 'delivered', 'rejected', 'expired', 'failed', 'erased')),
    reason varchar(120) NOT NULL DEFAULT '',
    title varchar(255) NOT NULL DEFAULT '',
    explanation text NOT NULL DEFAULT '',
    help_url varchar(255) NOT NULL DEFAULT '',
    notices jsonb NOT NULL DEFAULT '[]',
    attempt_ids uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz,
    PRIMARY KEY (event_id, component)
) PARTITION BY RANGE (event_id);
CREATE TABLE delivery_body (
    event_id uuid NOT NULL,
    component varchar(34) NOT NULL,
    payload bytea NOT NULL,
    PRIMARY KEY (event_id, component)
) PARTITION BY RANGE (event_id);
CREATE TABLE attempt (
    id uuid PRIMARY KEY,
    destination_id bigint NOT NULL,
    event_count integer NOT NULL,
    started_at timestamptz NOT NULL,
    duration_ms integer,
    outcome varchar(10) NOT NULL DEFAULT 'open' CHECK (outcome IN ('open', 'delivered', 'retry',
        'hold', 'rejected', 'unknown')),
    reason varchar(120) NOT NULL DEFAULT '',
    title varchar(255) NOT NULL DEFAULT '',
    http_status smallint,
    trace_id varchar(120) NOT NULL DEFAULT '',
    response bytea
) PARTITION BY RANGE (id);
CREATE TABLE event_default PARTITION OF event DEFAULT;
CREATE TABLE event_body_default PARTITION OF event_body DEFAULT;
CREATE TABLE delivery_default PARTITION OF delivery DEFAULT;
CREATE TABLE delivery_body_default PARTITION OF delivery_body DEFAULT;
CREATE TABLE attempt_default PARTITION OF attempt DEFAULT;
"""
NO_TABLES = "DROP TABLE event, event_body, delivery, delivery_body, attempt"

# A final outcome is final in the database itself; only erasing goes beyond it. The queues change
# all the time and stay small: vacuum by count, not by share of the table.
RULES = """
CREATE FUNCTION refuse_outcome_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The outcome % is final.', OLD.outcome
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER event_outcome_is_final BEFORE UPDATE OF outcome ON event FOR EACH ROW
    WHEN (OLD.outcome NOT IN ('received', 'evaluated')
        AND NEW.outcome <> OLD.outcome AND NEW.outcome <> 'erased')
    EXECUTE FUNCTION refuse_outcome_change();
CREATE TRIGGER delivery_outcome_is_final BEFORE UPDATE OF outcome ON delivery FOR EACH ROW
    WHEN (OLD.outcome NOT IN ('pending', 'in_flight', 'held')
        AND NEW.outcome <> OLD.outcome AND NEW.outcome <> 'erased')
    EXECUTE FUNCTION refuse_outcome_change();
ALTER TABLE event_queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000);
ALTER TABLE delivery_queue SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000);
"""
NO_RULES = """
DROP TRIGGER event_outcome_is_final ON event;
DROP TRIGGER delivery_outcome_is_final ON delivery;
DROP FUNCTION refuse_outcome_change;
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('rules', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Destination',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('package', models.CharField(max_length=120)),
                ('key', models.BinaryField(max_length=16)),
                ('place', models.BinaryField(max_length=16)),
                ('label', models.CharField(max_length=120)),
                ('sealed_address', models.BinaryField()),
                ('failures', models.PositiveIntegerField(default=0)),
                ('held_at', models.DateTimeField(null=True)),
                ('hold_until', models.DateTimeField(null=True)),
                ('hold_reason', models.CharField(blank=True, max_length=120)),
                ('hold_title', models.CharField(blank=True, max_length=255)),
                ('hold_explanation', models.TextField(blank=True)),
                ('hold_count', models.PositiveIntegerField(default=0)),
                ('rest_until', models.DateTimeField(null=True)),
                ('last_served_at', models.DateTimeField(null=True)),
                ('last_delivered_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('environment', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='destinations', to='rules.environment')),
            ],
            options={
                'db_table': 'destination',
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, NO_TABLES)],
            state_operations=[
                migrations.CreateModel(
                    name='DeliveryBody',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_id', 'component', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_id', models.UUIDField()),
                        ('component', models.CharField(max_length=34)),
                        ('payload', models.BinaryField()),
                    ],
                    options={
                        'db_table': 'delivery_body',
                    },
                ),
                migrations.CreateModel(
                    name='EventBody',
                    fields=[
                        ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                        ('body', models.BinaryField()),
                    ],
                    options={
                        'db_table': 'event_body',
                    },
                ),
                migrations.CreateModel(
                    name='Delivery',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_id', 'component', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_id', models.UUIDField()),
                        ('component', models.CharField(max_length=34)),
                        ('rule', models.CharField(max_length=34)),
                        ('name', models.CharField(max_length=255)),
                        ('dedup_id', models.CharField(max_length=255)),
                        ('outcome', models.CharField(choices=[('pending', 'Pending'), ('in_flight', 'In flight'), ('held', 'Held'), ('delivered', 'Delivered'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('failed', 'Failed'), ('erased', 'Erased')], default='pending', max_length=10)),
                        ('reason', models.CharField(blank=True, max_length=120)),
                        ('title', models.CharField(blank=True, max_length=255)),
                        ('explanation', models.TextField(blank=True)),
                        ('help_url', models.CharField(blank=True, max_length=255)),
                        ('notices', models.JSONField(default=list)),
                        ('attempt_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                        ('created_at', models.DateTimeField()),
                        ('expires_at', models.DateTimeField()),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('destination', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='delivery.destination')),
                    ],
                    options={
                        'verbose_name_plural': 'deliveries',
                        'db_table': 'delivery',
                    },
                ),
                migrations.CreateModel(
                    name='Attempt',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('event_count', models.PositiveIntegerField()),
                        ('started_at', models.DateTimeField()),
                        ('duration_ms', models.PositiveIntegerField(null=True)),
                        ('outcome', models.CharField(choices=[('open', 'In flight'), ('delivered', 'Delivered'), ('retry', 'To be sent again'), ('hold', 'Destination held'), ('rejected', 'Rejected'), ('unknown', 'Answer unknown')], default='open', max_length=10)),
                        ('reason', models.CharField(blank=True, max_length=120)),
                        ('title', models.CharField(blank=True, max_length=255)),
                        ('http_status', models.PositiveSmallIntegerField(null=True)),
                        ('trace_id', models.CharField(blank=True, max_length=120)),
                        ('response', models.BinaryField(null=True)),
                        ('destination', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='delivery.destination')),
                    ],
                    options={
                        'db_table': 'attempt',
                    },
                ),
                migrations.CreateModel(
                    name='Event',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('client_id', models.CharField(blank=True, max_length=255)),
                        ('name', models.CharField(blank=True, max_length=255)),
                        ('received_at', models.DateTimeField()),
                        ('outcome', models.CharField(choices=[('received', 'Received'), ('evaluated', 'Evaluated'), ('delivered', 'Delivered'), ('partly_delivered', 'Partly delivered'), ('not_sent', 'Not sent'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('failed', 'Failed'), ('erased', 'Erased')], default='received', max_length=16)),
                        ('reason', models.CharField(blank=True, max_length=120)),
                        ('evaluated_at', models.DateTimeField(null=True)),
                        ('refusals', models.JSONField(default=list)),
                        ('person_hashes', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), default=list, size=None)),
                        ('build', models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rules.build')),
                        ('datastream', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rules.datastream')),
                        ('environment', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rules.environment')),
                        ('property', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='rules.property')),
                    ],
                    options={
                        'db_table': 'event',
                    },
                ),
            ],
        ),
        migrations.CreateModel(
            name='QueuedDelivery',
            fields=[
                ('pk', models.CompositePrimaryKey('event_id', 'component', blank=True, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.UUIDField()),
                ('component', models.CharField(max_length=34)),
                ('destination_id', models.BigIntegerField()),
                ('next_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('first_attempt_at', models.DateTimeField(null=True)),
                ('ambiguous_at', models.DateTimeField(null=True)),
                ('claims', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
                ('batch_hint', models.UUIDField(null=True)),
            ],
            options={
                'db_table': 'delivery_queue',
                'indexes': [models.Index(condition=models.Q(('lease_token__isnull', True)), fields=['destination_id', 'next_at'], name='delivery_queue_due'), models.Index(condition=models.Q(('lease_token__isnull', False)), fields=['destination_id', 'lease_token'], name='delivery_queue_leased')],
            },
        ),
        migrations.CreateModel(
            name='QueuedEvent',
            fields=[
                ('event_id', models.UUIDField(primary_key=True, serialize=False)),
                ('environment_id', models.BigIntegerField()),
                ('next_at', models.DateTimeField()),
                ('claims', models.PositiveSmallIntegerField(default=0)),
                ('lease_until', models.DateTimeField(null=True)),
                ('lease_token', models.UUIDField(null=True)),
            ],
            options={
                'db_table': 'event_queue',
                'indexes': [models.Index(condition=models.Q(('lease_token__isnull', True)), fields=['next_at', 'event_id'], name='event_queue_due'), models.Index(condition=models.Q(('lease_token__isnull', False)), fields=['lease_until'], name='event_queue_leased')],
            },
        ),
        migrations.AddConstraint(
            model_name='destination',
            constraint=models.UniqueConstraint(fields=('environment', 'key'), name='destination_once'),
        ),
        migrations.AddIndex(
            model_name='event',
            index=models.Index(fields=['property', '-id'], name='event_log'),
        ),
        migrations.RunSQL(RULES, NO_RULES),
    ]
