"""Loud words for test events, and warnings about versions of Meta's API."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from extensions.meta import vocabulary as meta
from extensions.meta.package import PACKAGE, SEND_EVENT

TODAY = date(2026, 11, 23)


def advice(version: str, today: date = TODAY) -> list[str]:
    problems = PACKAGE.advise({"apiVersion": version} if version else {}, today)
    assert all((p.field, p.severity) == ("apiVersion", "warning") for p in problems)
    return [problem.message for problem in problems]


@pytest.mark.parametrize("version", ["", "v26.0"])
def test_nothing_is_said_of_the_newest_version(version: str) -> None:
    assert advice(version) == []


def test_a_newer_version_is_named() -> None:
    assert advice("v25.0") == ["A newer version than v25.0 is known: v26.0."]


@pytest.mark.parametrize(
    ("today", "words"),
    [
        (date(2026, 10, 22), "A newer version than v21.0"),
        (date(2026, 10, 23), "Meta ends v21.0 on January 21, 2027"),
        (date(2027, 1, 20), "Meta ends v21.0 on January 21, 2027"),
        (date(2027, 1, 21), "Meta's support of v21.0 ended on January 21, 2027"),
    ],
)
def test_the_end_of_a_version_is_announced_90_days_before(today: date, words: str) -> None:
    (message,) = advice("v21.0", today)

    assert message.startswith(words)


def test_a_version_without_a_last_day_is_good_for_two_years() -> None:
    assert advice("v26.0", date(2028, 4, 29)) == []
    assert advice("v26.0", date(2028, 5, 1))[0].startswith("Meta may end v26.0 from July 29, 2028")


@pytest.mark.parametrize("version", ["v12.0", "v2.12", "v19.0"])
def test_a_version_from_before_those_that_are_known_is_too_old(version: str) -> None:
    assert advice(version) == [
        f"{version} is older than any version Meta still serves. Choose v26.0."
    ]


@pytest.mark.parametrize("version", ["v99.0", "26", 26])
def test_a_version_that_is_not_known_gets_no_advice(version: str) -> None:
    assert advice(version) == []


def test_the_default_version_is_the_newest_and_the_table_is_in_order() -> None:
    assert meta.API_VERSIONS[0].name == meta.DEFAULT_API_VERSION
    assert all(new.released > old.released for new, old in pairwise(meta.API_VERSIONS))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, ""),
        ({"testEventCode": "TEST1"}, ""),
        ({"isTestEvent": True, "testEventCode": "TEST1"}, "Test event TEST1"),
        ({"isTestEvent": True, "testEventCode": "{{Code}}"}, "Test event {{Code}}"),
        ({"isTestEvent": True}, "Test event"),
    ],
)
def test_an_action_that_sends_test_events_is_marked(
    settings: dict[str, object], words: str
) -> None:
    assert SEND_EVENT.mark(settings) == words


def test_an_environment_whose_events_are_all_test_events_is_marked() -> None:
    settings = {"testEventCodes": {"development": "TEST1", "production": ""}}

    assert PACKAGE.mark(settings, "development") == "Every event is a test event: TEST1"
    assert PACKAGE.mark(settings, "production") == ""
    assert PACKAGE.mark({}, "staging") == ""
