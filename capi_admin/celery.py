"""The Celery app. It carries wake-ups, sweeps and builds; the database owns every queue."""

from __future__ import annotations

import gc
import os
from functools import cached_property
from typing import Any

from celery import Celery, signals

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "capi_admin.settings")


_NICENESS = 5


class App(Celery):
    """Celery with a worker of ours."""

    @cached_property
    def Worker(self) -> Any:  # noqa: N802 - Celery's name
        """The worker's class."""
        return self.subclass_with_self("capi_admin.worker:Worker")  # type: ignore[arg-type]


app = App("capi_admin", amqp="capi_admin.broker:AMQP")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# Web servers answer in threads of their own, where "current" would otherwise be another app.
app.set_default()


@signals.worker_init.connect
@signals.beat_init.connect
def require_right_keys(**_: Any) -> None:
    """End a worker or beat whose keys do not fit the database, before it does any work."""
    from delivery import keys  # models can be imported only now that Django is set up

    keys.require()


@signals.worker_process_init.connect
def let_others_go_first(**_: Any) -> None:
    """Let whoever waits for an answer come first: a client of the collector, a person at a page.

    What a worker does waits in the database. On two cores that were both busy, the slowest answer
    of a hundred took 57 ms without this, and 43 ms with it.
    """
    os.nice(_NICENESS)


@signals.worker_process_init.connect
def look_for_cycles_less_often(**_: Any) -> None:
    """Let a process that does the work collect what it makes, not what was loaded for good.

    A batch is thousands of small objects that leave no cycles behind. To look through all that a
    worker has loaded as often as they come took a seventh of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@signals.worker_ready.connect
def watch_worker(**_: Any) -> None:
    """Let a worker tell that it works."""
    from capi_admin import rhythm

    pulse = rhythm.watch_worker()
    signals.task_received.connect(lambda **_: pulse.touch(), weak=False)
