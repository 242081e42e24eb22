from django.db import migrations

from delivery.migrations._triggers import moved

# A trigger that runs before an update has every row locked first, which is written to the WAL like
# the update itself, and an event and its delivery are updated three times on their way. One that
# runs afterwards asks its condition and no more, and refuses just as well.


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0011_fair_claims'),
    ]

    operations = [
        migrations.RunSQL(*moved('event', "'received', 'evaluated'")),
    ]
