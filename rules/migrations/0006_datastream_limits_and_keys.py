"""Limits and server keys of datastreams, and what they took each day."""

import django.db.models.deletion
import rules.ids
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0005_needs_of_builds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DatastreamCount',
            fields=[
                ('pk', models.CompositePrimaryKey('datastream_id', 'day', 'collector', blank=True, editable=False, primary_key=True, serialize=False)),
                ('datastream_id', models.BigIntegerField()),
                ('day', models.DateField()),
                ('collector', models.UUIDField()),
                ('events', models.BigIntegerField()),
                ('asked', models.BigIntegerField()),
            ],
            options={
                'db_table': 'datastream_count',
            },
        ),
        migrations.AddField(
            model_name='datastream',
            name='burst',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datastream',
            name='daily_cap',
            field=models.PositiveBigIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datastream',
            name='rate_limit',
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='datastream',
            name='requires_key',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='ServerKey',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=rules.ids.server_key_id, max_length=34, unique=True)),
                ('digest', models.BinaryField(max_length=32, unique=True)),
                ('start', models.CharField(max_length=16)),
                ('created_at', models.DateTimeField(auto_now_add=True)),
                ('last_used_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('datastream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='server_keys', to='rules.datastream')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
    ]
