"""How often a delivery that may have been sent was spared."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0002_advice_and_marks'),
    ]

    operations = [
        migrations.AddField(
            model_name='queueddelivery',
            name='spared',
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
    ]
