from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):

    # Events are taken in while the index is made.
    atomic = False

    dependencies = [
        ('delivery', '0010_failures_of_a_minute'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='queuedevent',
            index=models.Index(
                condition=models.Q(('lease_token__isnull', True)),
                fields=['environment_id', 'next_at', 'event_id'],
                name='event_queue_fair',
            ),
        ),
        RemoveIndexConcurrently(
            model_name='queuedevent',
            name='event_queue_due',
        ),
    ]
