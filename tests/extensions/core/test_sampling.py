"""Sampling: a share by chance that is always the same one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from extensions.core.sampling import SAMPLING
from tests.extensions.core.making import errors, json_values, patient, run, scope, warnings

EVENT_IDS = [f"{number:032x}" for number in range(2_000)]


def chosen(percent: Any, keys: list[Any] = EVENT_IDS, **settings: Any) -> list[int]:
    """Return the places of the events, or of the visitors, that are in the sample."""
    by_visitor = settings.get("by") == "visitor"
    return [
        place
        for place, key in enumerate(keys)
        if run(
            SAMPLING,
            {"percent": percent, **settings},
            {"Visitor": key} if by_visitor else {},
            scope(event_id="f" * 32 if by_visitor else key),
        )
    ]


VISITOR = {"by": "visitor", "visitor": "{{Visitor}}"}


def test_sample_is_the_same_in_every_release() -> None:
    assert chosen(10, EVENT_IDS[:60]) == RELEASED


@pytest.mark.parametrize("percent", [1, "10", 25.5, 50, 99])
def test_sample_has_about_its_share(percent: Any) -> None:
    count = len(chosen(percent))
    assert abs(count - 2_000 * float(percent) / 100) < 100


@pytest.mark.parametrize(("percent", "count"), [(0, 0), ("0", 0), (100, 2_000), ("100", 2_000)])
def test_none_and_all_are_exact(percent: Any, count: int) -> None:
    assert len(chosen(percent)) == count


def test_larger_sample_includes_a_smaller_one() -> None:
    assert set(chosen(10)) < set(chosen(20)) < set(chosen(20.5)) | set(chosen(30))


def test_same_salt_chooses_the_same_and_another_does_not() -> None:
    first, other = chosen(50, salt="a"), chosen(50, salt="b")
    assert chosen(50, salt="a") == first
    assert 400 < len(set(first) & set(other)) < 600  # half of a half, by chance


def test_visitor_is_in_the_sample_with_all_events_or_none() -> None:
    settings = {"percent": 50, **VISITOR}
    for visitor in ["anna", "ben", 5, True]:
        found = {
            run(SAMPLING, settings, {"Visitor": visitor}, scope(event_id=event_id))
            for event_id in EVENT_IDS[:50]
        }
        assert len(found) == 1


def test_visitors_are_drawn_one_by_one() -> None:
    visitors = [f"visitor {number}" for number in range(2_000)]
    assert 900 < len(chosen(50, visitors, **VISITOR)) < 1_100


@pytest.mark.parametrize("visitor", [None, "", [], {}])
def test_event_without_a_visitor_is_drawn_by_itself(visitor: Any) -> None:
    settings = {"percent": 50, **VISITOR}
    by_event = [
        run(SAMPLING, settings, {"Visitor": visitor}, scope(event_id=event_id))
        for event_id in EVENT_IDS[:100]
    ]
    assert by_event == [place in chosen(50, EVENT_IDS[:100]) for place in range(100)]


@patient
@given(json_values)
def test_any_visitor_is_in_the_sample_or_not(visitor: Any) -> None:
    assert run(SAMPLING, {"percent": 50, **VISITOR}, {"Visitor": visitor}) in (True, False)


NO_SHARE = ("percent", "Please enter a number from 0 to 100.")


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ({}, [NO_SHARE]),
        ({"percent": ""}, [NO_SHARE]),
        ({"percent": "ten"}, [NO_SHARE]),
        ({"percent": -1}, [NO_SHARE]),
        ({"percent": "100.1"}, [NO_SHARE]),
        ({"percent": True}, [NO_SHARE]),
        ({"percent": 10, "by": "visitor"}, [("visitor", "Please specify a data element.")]),
    ],
)
def test_form_says_what_is_wrong_beside_the_field(settings: Any, problems: Any) -> None:
    assert errors(SAMPLING, settings) == problems


@pytest.mark.parametrize(
    ("percent", "words"),
    [
        (0, "With 0 % this holds for no event."),
        ("100", "With 100 % this holds for every event."),
        (50, None),
    ],
)
def test_form_wonders_about_a_share_that_is_none(percent: Any, words: str | None) -> None:
    told = warnings(SAMPLING, {"percent": percent})
    assert told == ([("percent", words)] if words else [])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"percent": 10}, "the event is in a sample of 10 %"),
        (
            {"percent": "2.5", "by": "visitor", "visitor": "{{ECID}}"},
            "ECID is in a sample of 2.5 %",
        ),
    ],
)
def test_condition_reads_itself_aloud(settings: Any, words: str) -> None:
    assert SAMPLING.summarise(settings) == words


# Whoever changes these moves visitors from one group of a running test to the other.
RELEASED = [2, 4, 10, 19, 21, 24, 29, 41, 55, 56]
