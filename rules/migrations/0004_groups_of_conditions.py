"""Conditions stand in groups; those of before stand at the top, and all of them must be met."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0003_marks_of_builds")]

    operations = [
        # Defaults of the database: processes of the version before still save rules.
        migrations.AddField(
            model_name="rule",
            name="logic",
            field=models.JSONField(db_default={}, default=dict),
        ),
        migrations.AddField(
            model_name="rulecomponent",
            name="group",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddConstraint(
            model_name="rulecomponent",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind", "condition"), ("group", ""), _connector="OR"),
                name="only_conditions_are_grouped",
            ),
        ),
    ]
