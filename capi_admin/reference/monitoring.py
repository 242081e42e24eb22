"""The metrics, as their declarations describe them."""

from __future__ import annotations

from collections.abc import Iterator

from capi_admin.gauges import GAUGES
from capi_admin.reference.markdown import code, table
from collector import metrics as of_the_collector
from delivery import metrics as of_delivery

COUNTED = (*of_the_collector.METRICS, *of_delivery.METRICS)


def metrics() -> str:
    """Return the table of everything that `/metrics` shows."""
    return table(("Name", "Kind", "Labels", "What it tells"), _rows())


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for metric in COUNTED:
        (shown,) = metric.describe()
        end = "_total" if shown.type == "counter" else ""
        labels = ", ".join(map(code, metric._labelnames))
        yield code(shown.name + end), shown.type, labels, shown.documentation
    for gauge in GAUGES:
        yield code(gauge.name), "gauge", ", ".join(map(code, gauge.labels)), gauge.help
