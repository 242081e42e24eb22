from django.db import migrations

from delivery.migrations._triggers import moved

# Deliveries, as 0012 did it for events. Not in one transaction: workers change both tables, these
# first, and each would wait for the other.


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0012_outcomes_are_final_afterwards'),
    ]

    operations = [
        migrations.RunSQL(*moved('delivery', "'pending', 'in_flight', 'held'")),
    ]
