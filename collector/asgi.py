"""What the server runs: the collector, composed from Django's settings."""

from __future__ import annotations

import gc
import os
from concurrent.futures import ThreadPoolExecutor

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capi_admin.settings")
django.setup()

from celery import current_app  # noqa: E402 - all of these need Django to be set up
from django.conf import settings  # noqa: E402

from collector.application import Collector  # noqa: E402
from collector.database import conninfo  # noqa: E402
from collector.enrich import Proxies  # noqa: E402
from collector.pressure import Marks  # noqa: E402
from collector.wakeup import celery_sender  # noqa: E402
from delivery import heartbeats, keys  # noqa: E402

# In a thread: a server may load this module inside its loop, where Django's own connection refuses
# to work.
with ThreadPoolExecutor(1) as pool:
    pool.submit(keys.require).result()
heartbeats.Pulse("collector", works_by_itself=True).start()

_MARKS = Marks(
    events=settings.BACKLOG_EVENTS,
    hours=settings.BACKLOG_HOURS,
    free_percent=settings.DISK_FREE_PERCENT,
    folder=settings.DISK_FOLDER,
    embedded=str(settings.DATA_DIR),
)

app = Collector(
    conninfo(), Proxies(settings.TRUSTED_PROXIES), celery_sender(current_app), marks=_MARKS
)

# What was loaded stays for good, and a request leaves no cycles behind: to look through everything
# for them every few thousand requests costs more than the requests.
gc.collect()
gc.freeze()
gc.set_threshold(50_000, 50, 100)
