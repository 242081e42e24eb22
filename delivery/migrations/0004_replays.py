"""Replays, and what had become of events and deliveries before them."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

OUTCOMES = [('pending', 'Pending'), ('in_flight', 'In flight'), ('held', 'Held'), ('delivered', 'Delivered'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('failed', 'Failed'), ('erased', 'Erased')]
EVENT_OUTCOMES = [('received', 'Received'), ('evaluated', 'Evaluated'), ('delivered', 'Delivered'), ('partly_delivered', 'Partly delivered'), ('not_sent', 'Not sent'), ('rejected', 'Rejected'), ('expired', 'Expired'), ('failed', 'Failed'), ('erased', 'Erased')]
CHOICES = [('recorded', 'As recorded'), ('again', 'Run again with the current build')]
LOOSE = {'db_constraint': False, 'db_index': False, 'on_delete': django.db.models.deletion.DO_NOTHING, 'related_name': '+'}

# Partitioned as the rest of the log is, by day of the event.
TABLES = """
CREATE TABLE replayed_event (
    event_id uuid NOT NULL,
    number smallint NOT NULL,
    replay_id bigint NOT NULL,
    choice varchar(10) NOT NULL,
    replayed_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    outcome varchar(16) NOT NULL,
    reason varchar(120) NOT NULL DEFAULT '',
    build_id bigint,
    evaluated_at timestamptz,
    refusals jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (event_id, number)
) PARTITION BY RANGE (event_id);
CREATE TABLE replayed_delivery (
    event_id uuid NOT NULL,
    component varchar(34) NOT NULL,
    number smallint NOT NULL,
    replay_id bigint NOT NULL,
    replayed_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    rule varchar(34) NOT NULL,
    destination_id bigint NOT NULL,
    name varchar(255) NOT NULL,
    dedup_id varchar(255) NOT NULL,
    outcome varchar(10) NOT NULL,
    reason varchar(120) NOT NULL DEFAULT '',
    title varchar(255) NOT NULL DEFAULT '',
    explanation text NOT NULL DEFAULT '',
    help_url varchar(255) NOT NULL DEFAULT '',
    notices jsonb NOT NULL DEFAULT '[]',
    attempt_ids uuid[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    finished_at timestamptz,
    payload bytea,
    PRIMARY KEY (event_id, component, number)
) PARTITION BY RANGE (event_id);
CREATE TABLE replayed_event_default PARTITION OF replayed_event DEFAULT;
CREATE TABLE replayed_delivery_default PARTITION OF replayed_delivery DEFAULT;
"""
NO_TABLES = "DROP TABLE replayed_event, replayed_delivery"

# A final outcome is left in one way only: what ended is written down in the same transaction, and
# something live follows. The triggers stay as they are, so no table of the log is locked for this.
RULES = """
CREATE OR REPLACE FUNCTION refuse_outcome_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome <> 'erased' AND TG_NAME = 'delivery_outcome_is_final' THEN
        IF NEW.outcome IN ('pending', 'held') AND EXISTS (
            SELECT FROM replayed_delivery AS r
            WHERE r.event_id = OLD.event_id AND r.component = OLD.component
              AND r.outcome = OLD.outcome AND r.replayed_at >= now()
        ) THEN RETURN NEW; END IF;
    ELSIF OLD.outcome <> 'erased' AND TG_NAME = 'event_outcome_is_final' THEN
        IF NEW.outcome IN ('received', 'evaluated') AND EXISTS (
            SELECT FROM replayed_event AS r
            WHERE r.event_id = OLD.id AND r.outcome = OLD.outcome AND r.replayed_at >= now()
        ) THEN RETURN NEW; END IF;
    END IF;
    RAISE EXCEPTION 'The outcome % is final.', OLD.outcome
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""
NO_RULES = """
CREATE OR REPLACE FUNCTION refuse_outcome_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The outcome % is final.', OLD.outcome
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0003_spared_claims'),
        ('rules', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Replay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField()),
                ('part', models.PositiveSmallIntegerField(default=0)),
                ('choice', models.CharField(choices=CHOICES, max_length=10)),
                ('state', models.CharField(choices=[('running', 'Running'), ('done', 'Done'), ('stopped', 'Stopped')], default='running', max_length=10)),
                ('query', models.TextField(blank=True)),
                ('event_id', models.UUIDField(null=True)),
                ('component', models.CharField(blank=True, max_length=34)),
                ('floor', models.UUIDField()),
                ('until', models.UUIDField()),
                ('cursor', models.UUIDField()),
                ('with_delivered', models.BooleanField(default=False)),
                ('may_count_twice', models.BooleanField(default=False)),
                ('total', models.PositiveIntegerField(default=0)),
                ('done', models.PositiveIntegerField(default=0)),
                ('started', models.PositiveIntegerField(default=0)),
                ('left_out', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=254)),
                ('finished_at', models.DateTimeField(null=True)),
                ('destination', models.ForeignKey(null=True, to='delivery.destination', **LOOSE)),
                ('property', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rules.property')),
            ],
            options={
                'db_table': 'replay',
                'indexes': [models.Index(fields=['property', '-id'], name='replay_by_property'), models.Index(condition=models.Q(('state', 'running')), fields=['id'], name='replay_under_way')],
                'constraints': [models.UniqueConstraint(fields=('token', 'part'), name='replay_once')],
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, NO_TABLES)],
            state_operations=[
                migrations.CreateModel(
                    name='ReplayedEvent',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_id', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_id', models.UUIDField()),
                        ('number', models.PositiveSmallIntegerField()),
                        ('choice', models.CharField(choices=CHOICES, max_length=10)),
                        ('replayed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('outcome', models.CharField(choices=EVENT_OUTCOMES, max_length=16)),
                        ('reason', models.CharField(blank=True, max_length=120)),
                        ('evaluated_at', models.DateTimeField(null=True)),
                        ('refusals', models.JSONField(default=list)),
                        ('build', models.ForeignKey(null=True, to='rules.build', **LOOSE)),
                        ('replay', models.ForeignKey(to='delivery.replay', **LOOSE)),
                    ],
                    options={
                        'db_table': 'replayed_event',
                    },
                ),
                migrations.CreateModel(
                    name='ReplayedDelivery',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_id', 'component', 'number', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_id', models.UUIDField()),
                        ('component', models.CharField(max_length=34)),
                        ('number', models.PositiveSmallIntegerField()),
                        ('replayed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('rule', models.CharField(max_length=34)),
                        ('name', models.CharField(max_length=255)),
                        ('dedup_id', models.CharField(max_length=255)),
                        ('outcome', models.CharField(choices=OUTCOMES, max_length=10)),
                        ('reason', models.CharField(blank=True, max_length=120)),
                        ('title', models.CharField(blank=True, max_length=255)),
                        ('explanation', models.TextField(blank=True)),
                        ('help_url', models.CharField(blank=True, max_length=255)),
                        ('notices', models.JSONField(default=list)),
                        ('attempt_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                        ('created_at', models.DateTimeField()),
                        ('expires_at', models.DateTimeField()),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('payload', models.BinaryField(null=True)),
                        ('destination', models.ForeignKey(to='delivery.destination', **LOOSE)),
                        ('replay', models.ForeignKey(to='delivery.replay', **LOOSE)),
                    ],
                    options={
                        'db_table': 'replayed_delivery',
                    },
                ),
            ],
        ),
        migrations.RunSQL(RULES, NO_RULES),
    ]
