"""The Celery app. It carries wake-ups, sweeps and builds; the database owns every queue."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capi_admin.settings")

app = Celery("capi_admin")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web servers answer in threads of their own, where "current" would otherwise be another app.
app.set_default()
