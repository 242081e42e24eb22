from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0010_failures_of_a_minute'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='queuedevent',
            index=models.Index(
                condition=models.Q(('lease_token__isnull', True)),
                fields=['environment_id', 'next_at', 'event_id'],
                name='event_queue_fair',
            ),
        ),
        migrations.RemoveIndex(
            model_name='queuedevent',
            name='event_queue_due',
        ),
    ]
