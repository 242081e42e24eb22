"""Builds say which cookies and headers they read; those of before have the usual ones only."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0004_groups_of_conditions")]

    operations = [
        migrations.AddField(
            model_name="build",
            name="needs",
            # A default of the database: workers of the version before still insert builds.
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
