"""`/metrics`: what all processes counted, and how the queues stand, as Prometheus reads it."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator, Mapping

import structlog
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, Histogram, Metric, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from capi_admin import tallies
from capi_admin.gauges import Gauges
from collector.metrics import METRICS as OF_THE_COLLECTOR
from delivery.failures import described
from delivery.metrics import METRICS as OF_DELIVERY

COUNTED = (*OF_THE_COLLECTOR, *OF_DELIVERY)

logger = structlog.get_logger(__name__)
_gauges = Gauges()
# A proxy adds one of these. A request that came through one is not from this machine.
_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-Ip", "Via")
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class _Counted(Collector):
    """What the processes counted: the metrics of this version, and no others."""

    def collect(self) -> Iterator[Metric]:
        found = {metric.name: metric for metric in tallies.added_up(settings.METRICS_FOLDER)}
        for declared in COUNTED:
            yield _whole(declared, found)


def _whole(declared: MetricWrapperBase, found: Mapping[str, Metric]) -> Metric:
    shown = next(iter(declared.describe()))
    shown = found.get(shown.name, shown)
    if not isinstance(declared, Histogram):
        return shown
    return tallies.with_every_bucket(shown, declared._upper_bounds, declared._labelnames)


@require_safe
@never_cache
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer whoever has the token, or asks from this machine."""
    if not may_read(request):
        return HttpResponse("Forbidden.\n", status=403, content_type="text/plain")
    body = generate_latest(_registry(_Counted()))
    try:
        body += generate_latest(_registry(_gauges))
    except DatabaseError as error:  # what was counted is shown all the same
        logger.warning("gauges_not_read", **described(error))
    return HttpResponse(body, content_type=CONTENT_TYPE_PLAIN_0_0_4)


metrics.declared_access = "public"  # type: ignore[attr-defined] # it looks at the token itself


def may_read(request: HttpRequest) -> bool:
    """Whether a request brings the token; or, where none is set, comes from this machine."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    return _is_local(request)


def _is_local(request: HttpRequest) -> bool:
    if any(name in request.headers for name in _FORWARDED):
        return False
    host = request.get_host().rpartition(":")[0] or request.get_host()
    try:
        address = ipaddress.ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return address.is_loopback and host in _LOCAL_NAMES


def _registry(collector: Collector) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    return registry
