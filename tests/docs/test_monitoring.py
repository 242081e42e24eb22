"""The pages on running it say what the code does: alerts name metrics and labels that there are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from capi_admin import health
from capi_admin.gauges import DESTINATION_STATES, GAUGES
from capi_admin.reference.monitoring import COUNTED
from collector import problems
from collector.problems import Problem
from delivery.heartbeats import KINDS
from delivery.models import Attempt
from delivery.outcomes import DeliveryOutcome
from tests.docs.pages import DOCS, named_in, rows

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DOCS / "alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]
_NAME = re.compile(r"\bcapi_\w+")
_SELECTOR = re.compile(r"(capi_\w+)\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)=~?"([^"]*)"')
_ENDS = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}

# What a label may hold, where an alert asks for it.
VALUES = {
    "kind": set(KINDS),
    "of": {"event", "delivery"},
    "state": {"pending", "in_flight", *DESTINATION_STATES},
    "stage": {"evaluated", "delivered"},
    "outcome": {*DeliveryOutcome.values, *Attempt.Outcome.values},
    "reason": {each.code for each in vars(problems).values() if isinstance(each, Problem)},
}


def _labels() -> dict[str, set[str]]:
    """Return every name of a sample with its labels."""
    found = {gauge.name: set(gauge.labels) for gauge in GAUGES}
    for metric in COUNTED:
        (shown,) = metric.describe()
        for end in _ENDS[shown.type]:
            found[shown.name + end] = {*metric._labelnames, *({"le"} & {end[1:3]})}
    return found


LABELS = _labels()


def _selectors() -> Iterator[tuple[str, str, str]]:
    for rule in RULES:
        for name, matchers in _SELECTOR.findall(rule["expr"]):
            for label, value in _MATCHER.findall(matchers):
                yield name, label, value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_an_alert_names_metrics_that_there_are_and_is_explained(rule: dict[str, Any]) -> None:
    names = set(_NAME.findall(rule["expr"]))
    assert names
    assert names <= LABELS.keys()
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert rule["alert"] in named_in("monitoring.md")


@pytest.mark.parametrize(("name", "label", "value"), list(_selectors()))
def test_an_alert_asks_for_labels_and_values_that_there_are(
    name: str, label: str, value: str
) -> None:
    assert label in LABELS[name]
    assert set(value.split("|")) <= VALUES[label]


def test_every_metric_has_a_row() -> None:
    shown = {row[0].strip("`"): row for row in rows("monitoring.md")}
    for name in (gauge.name for gauge in GAUGES):
        assert shown[name][1] == "gauge"
    for metric in COUNTED:
        (described,) = metric.describe()
        end = "_total" if described.type == "counter" else ""
        assert shown[described.name + end][1] == described.type


def test_every_check_of_readyz_has_a_row() -> None:
    assert {"database", "redis", *health._ASKING} <= named_in("monitoring.md")


@pytest.mark.parametrize("page", ["sizing.md", "several-hosts.md", "monitoring.md"])
def test_a_page_names_no_metric_that_there_is_not(page: str) -> None:
    named = set(_NAME.findall((DOCS / page).read_text()))
    plain = {name.removesuffix("_bucket") for name in LABELS}
    assert named <= LABELS.keys() | plain
