"""Erasures, and the events they found."""

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('delivery', '0005_answers'),
        ('rules', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('token', models.UUIDField(unique=True)),
                ('state', models.CharField(choices=[('looking', 'Looking'), ('found', 'Waiting for a decision'), ('erasing', 'Erasing'), ('done', 'Done'), ('stopped', 'Stopped')], default='looking', max_length=10)),
                ('needles', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), default=list, size=None)),
                ('given', models.JSONField(default=list)),
                ('floor', models.UUIDField()),
                ('until', models.UUIDField()),
                ('cursor', models.UUIDField()),
                ('looked_at', models.PositiveIntegerField(default=0)),
                ('found', models.PositiveIntegerField(default=0)),
                ('unreadable', models.PositiveIntegerField(default=0)),
                ('erased', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.CharField(max_length=254)),
                ('finished_at', models.DateTimeField(null=True)),
                ('property', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='rules.property')),
            ],
            options={
                'db_table': 'erasure',
                'indexes': [models.Index(condition=models.Q(('state__in', ['looking', 'erasing'])), fields=['id'], name='erasure_under_way')],
            },
        ),
        migrations.CreateModel(
            name='ErasureMatch',
            fields=[
                ('pk', models.CompositePrimaryKey('erasure_id', 'event_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('event_id', models.UUIDField()),
                ('erasure', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='matches', to='delivery.erasure')),
            ],
            options={
                'db_table': 'erasure_match',
            },
        ),
    ]
