"""Advice summed up per rule and day, and loud words of destinations."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0001_initial'),
        ('rules', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='destination',
            name='mark',
            field=models.CharField(blank=True, db_default='', default='', max_length=120),
        ),
        migrations.CreateModel(
            name='Advice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('rule', models.CharField(max_length=34)),
                ('component', models.CharField(max_length=34)),
                ('code', models.CharField(blank=True, max_length=120)),
                ('field', models.CharField(blank=True, max_length=120)),
                ('count', models.PositiveBigIntegerField()),
                ('message', models.TextField(blank=True)),
                ('environment', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rules.environment')),
            ],
            options={
                'db_table': 'advice',
                'constraints': [models.UniqueConstraint(fields=('environment', 'day', 'rule', 'component', 'code', 'field'), name='advice_once_a_day')],
            },
        ),
    ]
