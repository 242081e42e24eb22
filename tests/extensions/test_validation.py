"""Problems in settings: each at its field, each once, in words of its own where it has some."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import Delegate, Problem, Settings
from extensions.validation import problems_in, required_message

SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "minLength": 1, "maxLength": 5},
        "city": {"type": "string", "title": "City", "ui": {"error": "Please specify a city."}},
        "kind": {"type": "string", "title": "Kind", "enum": ["a", "b"]},
        "code": {"type": "string", "title": "Code", "pattern": "^[0-9]+$"},
        "inner": {
            "type": "object",
            "properties": {"deep": {"type": "number", "title": "Deep"}},
            "required": ["deep"],
        },
        "list": {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
    },
    "required": ["name", "city"],
    "additionalProperties": False,
}
GOOD: dict[str, Any] = {"name": "Ada", "city": "London"}


def delegate(*found: Problem) -> Delegate:
    """Return a delegate of the schema whose own check finds these problems."""
    return Delegate(
        id="test::conditions::test",
        name="Test",
        schema=SCHEMA,
        summarise=lambda _settings: "",
        compile=lambda _settings, _compiler: None,
        check=lambda _settings: found,
    )


def told(settings: dict[str, Any], *found: Problem) -> list[tuple[str, str]]:
    """Return field and message of every problem."""
    problems = problems_in(delegate(*found), settings)
    return [(problem.field, problem.message) for problem in problems]


def test_good_settings_have_no_problem() -> None:
    assert told(GOOD) == []


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"name": ""}, "name", "This may not be empty."),
        ({"name": "Adelaide"}, "name", "This may have at most 5 characters."),
        ({"name": 5}, "name", "This value is of the wrong kind."),
        ({"city": 5}, "city", "Please specify a city."),
        ({"kind": "c"}, "kind", "Choose one of the offered values."),
        ({"code": "x"}, "code", "This value does not have the expected form."),
        ({"inner": {}}, "inner.deep", "Please specify Deep."),
        ({"inner": {"deep": "x"}}, "inner.deep", "This value is of the wrong kind."),
        ({"list": ["a", 5]}, "list.1", "This value is of the wrong kind."),
        ({"list": ["a", "a"]}, "list", "This value is not valid."),
        ({"other": 1}, "", "There is a setting here that is not known."),
    ],
)
def test_problem_is_told_at_its_field(changes: dict[str, Any], field: str, message: str) -> None:
    assert told(GOOD | changes) == [(field, message)]


def test_everything_that_is_missing_is_told_once() -> None:
    assert told({}) == [("name", "Please specify Name."), ("city", "Please specify a city.")]


def test_every_problem_is_told_at_once() -> None:
    fields = [field for field, _ in told({"name": "", "city": 5, "kind": "c"})]
    assert sorted(fields) == ["city", "kind", "name"]


def test_own_check_adds_what_the_schema_cannot_say() -> None:
    assert told(GOOD, Problem("city", "Too far.")) == [("city", "Too far.")]


def test_own_check_never_sees_settings_of_the_wrong_shape() -> None:
    assert told(GOOD | {"name": 5}, Problem("city", "Too far.")) == [
        ("name", "This value is of the wrong kind.")
    ]


def test_warning_of_the_own_check_stays_a_warning() -> None:
    [problem] = problems_in(delegate(Problem("city", "Far.", "warning")), GOOD)
    assert problem.severity == "warning"


def test_value_is_never_quoted_in_a_message() -> None:
    settings = {"name": "canary-name", "city": ["canary"], "kind": "canary", "canary": 1}
    assert "canary" not in str([message for _, message in told(settings)])


def test_missing_setting_without_a_title_is_called_by_its_key() -> None:
    assert required_message({}, "pixelId") == "Please specify pixelId."


def nested(levels: int) -> Any:
    """Return objects and lists that stand so many levels in each other."""
    value: Any = 1
    for level in range(levels):
        value = {"a": value} if level % 2 else [value]
    return value


@pytest.mark.parametrize("name", ["name", "list", "inner", "unknown"])
@pytest.mark.parametrize("levels", [101, 3_000, 100_000])
def test_settings_nested_without_end_are_a_problem_and_no_crash(name: str, levels: int) -> None:
    assert problems_in(delegate(), {**GOOD, name: nested(levels)}) == [
        Problem(name, "Please nest objects and lists at most 100 levels deep.")
    ]


def test_settings_may_be_nested_deeply() -> None:
    free = Delegate(
        id="test::actions::free",
        name="Free",
        schema={"type": "object", "properties": {"data": {"type": "array"}}},
        summarise=lambda _settings: "",
        compile=lambda _settings, _compiler: None,
    )
    assert problems_in(free, {"data": nested(99)}) == []
