"""Wake a worker. A wake-up is a hint: a sweep finds whatever none arrived for."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app

from delivery.failures import described

logger = structlog.get_logger(__name__)

PROCESS_EVENTS = "delivery.process_events"
SEND_DUE = "delivery.send_due"
REPLAY = "delivery.replay"
ERASE = "delivery.erase"

# A hint that waited this long for a free worker says nothing new.
_EXPIRES_SECONDS = 10
# A broker that is away or frozen must not keep work from being done. Celery's own connection would
# try for several seconds, each time.
_BROKER_SECONDS = 1.0
_SHORT: dict[str, Any] = {
    "socket_timeout": _BROKER_SECONDS,
    "socket_connect_timeout": _BROKER_SECONDS,
    "max_retries": 0,
}


def wake(task_name: str) -> bool:
    """Ask for a run of a task; say whether the broker took it. Never raises."""
    options = {**current_app.conf.broker_transport_options, **_SHORT}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            current_app.send_task(
                task_name,
                connection=connection,
                expires=_EXPIRES_SECONDS,
                retry=False,
                ignore_result=True,
            )
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the work is in the database
        logger.warning("wake_up_lost", task=task_name, **described(error))
        return False
    return True
