"""What holds for every delegate of Core, on any event: no error, one answer, nothing kept."""

from __future__ import annotations

import gc
import tracemalloc
from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import ComponentError, Delegate
from extensions.core.package import PACKAGE
from tests.extensions.core.making import ElementCompiler, errors, json_values, patient, scope

ANY = "{{Any}}"
SECRET_ID = "SE" + "0a" * 16

# Settings to try each type with; a type without a row fails the test below.
SETTINGS: dict[str, list[dict[str, Any]]] = {
    "core::conditions::value-comparison": [
        {"leftOperand": ANY, "comparison": {"operator": "equals"}, "rightOperand": "a"},
        {"leftOperand": ANY, "comparison": {"operator": "contains"}, "rightOperand": ANY},
        {"leftOperand": ANY, "comparison": {"operator": "matchesRegex"}, "rightOperand": ANY},
        {"leftOperand": ANY, "comparison": {"operator": "lessThan"}, "rightOperand": 5},
    ],
    "core::conditions::value-exists": [{"value": ANY}, {"value": ANY, "notEmpty": True}],
    "core::conditions::value-in-list": [
        {"value": ANY, "values": ["a", "b"], "caseInsensitive": True},
        {"value": ANY, "values": ["a", ANY]},
    ],
    "core::conditions::consent": [{"consent": ANY}],
    "core::conditions::sampling": [
        {"percent": 50},
        {"percent": 50, "by": "visitor", "visitor": ANY},
    ],
    "core::conditions::date-range": [
        {"start": "2026-01-01", "weekdays": {"friday": True}, "zone": "Europe/Berlin"},
        {"source": "element", "value": ANY, "startTime": "22:00", "endTime": "06:00"},
    ],
    "core::conditions::custom-code": [{"source": "return true"}],  # nothing runs it here
    "core::actions::custom-code": [{"source": "return 1", "keyName": "one"}],
    "core::dataElements::custom-code": [{"source": "return arc.ruleStash"}],
    "core::dataElements::lookup-table": [
        {"input": ANY, "rows": [{"input": "a", "output": ANY}], "default": f"x {ANY}"},
        {"input": ANY, "rows": [{"input": "a.b"}], "match": "regex"},
        {"input": ANY, "rows": [{"input": "A", "output": "b"}], "match": "ignoreCase"},
    ],
    "core::dataElements::json-object": [
        {"value": {"a": ANY, "b": [f"x {ANY}"]}},
        {"value": ANY},
    ],
    "core::dataElements::hash": [{"value": ANY, "tidy": True}],
    "core::dataElements::uuid": [{}, {"source": "element", "value": ANY}],
    "core::dataElements::random-number": [{"min": 1, "max": 6}],
    "core::dataElements::timestamp": [
        {"zone": "Asia/Tokyo", "offset": -1},
        {"source": "element", "value": ANY, "zone": "America/New_York", "format": "iso"},
        {"source": "element", "value": ANY, "format": "custom", "pattern": "%A %z %V %L"},
    ],
    "core::dataElements::path": [
        {"path": "data.a[0]"},
        {"path": "xdm.a[*].b[-1]"},
        {"path": 'data.a[b="c"].d'},
        {"path": "arc.request.headers.a.b"},
        {"path": "arc.ruleStash.core"},
    ],
    "core::dataElements::constant": [{"value": "{{Any}}"}],
    "core::dataElements::template": [
        {"text": f"a {ANY} b"},
        {"text": ANY, "whenMissing": "nothing"},
    ],
    "core::dataElements::query-string-parameter": [
        {"name": "a"},
        {"name": "a", "source": "element", "url": ANY, "values": "all", "caseInsensitive": True},
    ],
    "core::dataElements::cookie": [{"name": "a", "decode": True}],
    "core::dataElements::http-header": [{"name": "a"}, {"name": "User-Agent"}],
    "core::dataElements::ip": [{}, {"version": "6", "shorten": True}],
    "core::dataElements::user-agent": [{}],
    "core::dataElements::secret": [
        {"secrets": {"development": {"id": SECRET_ID, "name": "Token"}}},
        {"secrets": {"production": {"id": SECRET_ID, "name": "Token"}}},
    ],
}
CASES = [
    pytest.param(delegate, settings, id=f"{delegate.name} {number}")
    for delegate in PACKAGE.delegates()
    for number, settings in enumerate(SETTINGS[delegate.id])
]
CONDITIONS = {delegate.id for delegate in PACKAGE.conditions}

_requests = st.fixed_dictionaries(
    {},
    optional={
        "ip": json_values,
        "userAgent": json_values,
        "headers": json_values | st.dictionaries(st.sampled_from("aAb"), json_values),
        "cookies": json_values | st.dictionaries(st.sampled_from("aAb"), json_values),
    },
)
_events = st.fixed_dictionaries({}, optional={"xdm": json_values, "data": json_values})
_texts = st.text(alphabet=" -:.TZ0123456789+[](){}a%=?&\ud83d", max_size=24)


def _outcome(delegate: Delegate, settings: Any, value: Any, event: Any, request: Any) -> Any:
    compiled = delegate.compile(settings, ElementCompiler({"Any": value}))
    try:
        return repr(compiled(scope(event, request)))  # text, as NaN is not even equal to itself
    except ComponentError as error:
        return error.args


@pytest.mark.parametrize(("delegate", "settings"), CASES)
def test_form_accepts_the_settings_that_are_tried_here(delegate: Delegate, settings: Any) -> None:
    assert errors(delegate, settings) == []


@pytest.mark.parametrize(("delegate", "settings"), CASES)
@patient
@given(value=json_values | _texts, event=_events, request=_requests)
def test_any_event_has_an_outcome_and_always_the_same(
    delegate: Delegate, settings: Any, value: Any, event: Any, request: Any
) -> None:
    outcome = _outcome(delegate, settings, value, event, request)
    assert outcome == _outcome(delegate, settings, value, event, request)
    if delegate.id in CONDITIONS:
        assert outcome in ("True", "False") or isinstance(outcome, tuple)


@pytest.mark.parametrize(("delegate", "settings"), CASES)
def test_nothing_is_kept_of_the_events_that_were_seen(delegate: Delegate, settings: Any) -> None:
    elements: dict[str, Any] = {}
    compiled = delegate.compile(settings, ElementCompiler(elements))

    def see(first: int) -> int:
        for number in range(first, first + 2_000):
            text = f"2026-01-01 {number} " + "x" * 200
            elements["Any"] = text
            seen = {"a": text, "xdm": {"timestamp": text}, "data": {"a": [text]}}
            with suppress(ComponentError):
                compiled(scope(seen, {"cookies": {"a": text}, "userAgent": text}))
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        # The first round fills what is bounded. What is kept grows in each that follows; what
        # another thread takes meanwhile is counted, too, but not in each of them.
        sizes = [see(first) for first in range(0, 8_000, 2_000)]
        growths = [after - before for before, after in pairwise(sizes)]
        assert min(growths) < 20_000  # bytes; to keep the texts would take 400,000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("delegate", PACKAGE.delegates(), ids=lambda delegate: delegate.name)
def test_type_reads_aloud_before_anything_is_filled_in(delegate: Delegate) -> None:
    assert isinstance(delegate.summarise({}), str)
    assert delegate.description.endswith(".")


@pytest.mark.parametrize("delegate", PACKAGE.delegates(), ids=lambda delegate: delegate.name)
def test_every_setting_has_a_label(delegate: Delegate) -> None:
    assert all(field.get("title") for field in delegate.schema["properties"].values())
