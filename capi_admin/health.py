"""Is the process up, and can the product do its work? For proxies, monitoring and `make run`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from capi_admin import gauges
from delivery import heartbeats

# Workers take up to 10,000 events a second; what is due for longer waits for somebody who is away.
MOST_PENDING_SECONDS = 120
_REDIS_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found, in words for an operator."""

    name: str
    state: str  # ok, failing, or unknown where the database had to be asked and is away
    words: str


@require_safe
@never_cache
@login_not_required
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200: the process serves requests."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@login_not_required
def readyz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when events are accepted, evaluated and sent as they should, else 503."""
    findings = look()
    is_ready = all(finding.state == "ok" for finding in findings)
    answer = {
        "status": "ready" if is_ready else "not ready",
        "checks": [asdict(finding) for finding in findings],
    }
    return JsonResponse(answer, status=200 if is_ready else 503)


healthz.declared_access = readyz.declared_access = "public"  # type: ignore[attr-defined]


def look() -> list[Finding]:
    """Return what every check finds now."""
    database = _asked("database", _database)
    if database.state != "ok":
        unknown = [Finding(name, "unknown", "The database was not asked.") for name in _ASKING]
        return [database, _redis(), *unknown]
    return [database, _redis(), *(_asked(name, check) for name, check in _ASKING.items())]


def _asked(name: str, check: Callable[[], tuple[bool, str]]) -> Finding:
    try:
        is_well, words = check()
    except DatabaseError:
        return Finding(name, "failing", "The database does not answer.")
    return Finding(name, "ok" if is_well else "failing", words)


def _database() -> tuple[bool, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True, "The database answers."


def redis_answers() -> bool:
    """Whether Redis takes commands."""
    try:
        with Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=_REDIS_SECONDS,
            socket_connect_timeout=_REDIS_SECONDS,
        ) as link:
            link.ping()
    except (RedisError, OSError):
        return False
    return True


def _redis() -> Finding:
    if redis_answers():
        return Finding("redis", "ok", "Redis answers.")
    words = "Redis does not answer: workers are not woken. Nothing is lost."
    return Finding("redis", "failing", words)


def _seen(kind: str) -> tuple[bool, str]:
    sign = heartbeats.signs().get(kind)
    if sign is None:
        return False, f"No {kind} was seen within the last hour."
    words = f"Seen at work {sign.age_seconds:.0f} s ago."
    return sign.processes > 0, words


def _pending() -> tuple[bool, str]:
    seconds = gauges.oldest_due()[("event",)]
    if not seconds:
        return True, "No event waits."
    words = f"The oldest event that is due has waited for {seconds:.0f} s."
    return seconds < MOST_PENDING_SECONDS, words


def _partitions() -> tuple[bool, str]:
    days = round(gauges.days_ahead())
    if not days:
        return False, "The log has no partitions for today. Run manage.py prepare."
    return True, f"The log has its partitions for {days} days, today included."


_ASKING: dict[str, Callable[[], tuple[bool, str]]] = {
    "beat": lambda: _seen("beat"),
    "worker": lambda: _seen("worker"),
    "pending_events": _pending,
    "partitions": _partitions,
}
