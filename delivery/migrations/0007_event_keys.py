"""Keys of client ids, by which an event that is posted again is recognised."""

from django.db import migrations, models

SLOTS = 6  # delivery.recognising
TABLES = """
CREATE TABLE event_key (
    key uuid NOT NULL,
    event_id uuid NOT NULL,
    digest bigint NOT NULL,
    slot smallint NOT NULL,
    PRIMARY KEY (key, slot)
) PARTITION BY LIST (slot);
""" + "".join(
    f"CREATE TABLE event_key_{slot} PARTITION OF event_key FOR VALUES IN ({slot});\n"
    for slot in range(SLOTS)
)


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0006_erasures'),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(TABLES, "DROP TABLE event_key")],
            state_operations=[
                migrations.CreateModel(
                    name='EventKey',
                    fields=[
                        ('pk', models.CompositePrimaryKey('key', 'slot', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('key', models.UUIDField()),
                        ('slot', models.SmallIntegerField()),
                        ('event_id', models.UUIDField()),
                        ('digest', models.BigIntegerField()),
                    ],
                    options={
                        'db_table': 'event_key',
                    },
                ),
            ],
        ),
    ]
