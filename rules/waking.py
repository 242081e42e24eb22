"""Tell a worker that a build waits. A wake-up is a hint: the sweep finds what none arrived for."""

from __future__ import annotations

from typing import Any

import structlog
from celery import current_app

log = structlog.get_logger(__name__)

# Somebody waits for the page: a broker that is away or frozen may not hold it up for longer.
_BROKER_SECONDS = 1.0
_SHORT: dict[str, Any] = {
    "socket_timeout": _BROKER_SECONDS,
    "socket_connect_timeout": _BROKER_SECONDS,
    "max_retries": 0,
}


def wake(build_id: str) -> None:
    """Ask for a run of the build with that public id. Never raises."""
    options = {**current_app.conf.broker_transport_options, **_SHORT}
    try:
        with current_app.connection_for_write(transport_options=options) as connection:
            current_app.send_task("rules.run_build", [build_id], connection=connection, retry=False)
    except Exception as error:  # noqa: BLE001 - whatever ails the broker, the build is queued
        log.warning("build.wake_up_lost", build=build_id, error=type(error).__name__)
