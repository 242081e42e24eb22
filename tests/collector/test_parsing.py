"""What the parser promises for any input at all."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import parsing
from collector.problems import Refused

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.floats(-1e9, 1e9),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=30,
)


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(raw: bytes) -> None:
    with suppress(Refused):
        json.dumps(parsing.parse(raw))


@given(json_values.filter(lambda value: "\\u0000" not in json.dumps(value)))
def test_json_comes_out_as_it_went_in(value: Any) -> None:
    assert parsing.parse(json.dumps(value).encode()) == value


@given(st.text(st.characters(categories=["Cs", "Cc", "Ll"])))
def test_any_text_of_a_browser_comes_out_storable(text: str) -> None:
    parsed = parsing.parse(json.dumps(text).encode())
    assert "\0" not in parsed
    assert parsed.encode().decode() == parsed  # half a surrogate pair cannot be encoded


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_text_that_is_storable_is_not_touched(text: str) -> None:
    escaped = json.dumps(text).replace("\\\\", "\\u005c").encode()
    assert parsing.parse(escaped) == text


def test_malformed_json_is_told_by_place_and_never_by_text() -> None:
    with pytest.raises(Refused) as refused:
        parsing.parse(b'{"email": "canary@shop.example"\n oops')
    assert refused.value.detail == "Line 2, column 2."


def _deep(levels: int) -> dict[str, Any]:
    event: dict[str, Any] = {}
    for _ in range(levels - 1):
        event = {"a": event}
    return event


def test_event_may_be_32_levels_deep_and_no_deeper() -> None:
    parsing.require_bounded(_deep(32))
    with pytest.raises(Refused, match="too-complex"):
        parsing.require_bounded(_deep(33))


def test_event_may_have_5000_keys_and_no_more() -> None:
    rows = [{str(key): 0 for key in range(1_000)} for _ in range(4)]
    full = {"rows": rows, **{f"more {key}": 0 for key in range(999)}}
    parsing.require_bounded(full)
    with pytest.raises(Refused, match="too-complex"):
        parsing.require_bounded({**full, "one": 0})


def test_key_may_have_256_letters_and_no_more() -> None:
    parsing.require_bounded({"list": [{"k" * 256: 1}]})
    with pytest.raises(Refused, match="too-complex"):
        parsing.require_bounded({"list": [{"k" * 257: 1}]})


def test_depth_no_serialiser_can_follow_is_refused_when_the_size_is_measured() -> None:
    with pytest.raises(Refused, match="too-complex"):
        parsing.require_small(_deep(900))
