"""What rules wait for, and what came of it."""

from django.db import migrations, models

# Partitioned as the rest of the log is, by day of the event.
TABLE = """
CREATE TABLE delivery_answer (
    event_id uuid NOT NULL,
    component varchar(34) NOT NULL,
    answer bytea NOT NULL,
    PRIMARY KEY (event_id, component)
) PARTITION BY RANGE (event_id);
CREATE TABLE delivery_answer_default PARTITION OF delivery_answer DEFAULT;
"""
NO_TABLE = "DROP TABLE delivery_answer"


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0004_replays'),
    ]

    operations = [
        migrations.AddField(
            model_name='queueddelivery',
            name='awaited',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLE, NO_TABLE)],
            state_operations=[
                migrations.CreateModel(
                    name='DeliveryAnswer',
                    fields=[
                        ('pk', models.CompositePrimaryKey('event_id', 'component', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('event_id', models.UUIDField()),
                        ('component', models.CharField(max_length=34)),
                        ('answer', models.BinaryField()),
                    ],
                    options={
                        'db_table': 'delivery_answer',
                    },
                ),
            ],
        ),
    ]
