"""Builds keep what nobody should forget while they are live; those of before have nothing."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0002_revisions_and_builds_are_immutable")]

    operations = [
        migrations.AddField(
            model_name="build",
            name="marks",
            # A default of the database: workers of the version before still insert builds.
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
