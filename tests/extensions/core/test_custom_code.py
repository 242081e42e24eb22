"""Custom code as a condition, an action and a data element. What runs it stands in for here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from extensions.contract import CodeError, ComponentError, Kept, Ran
from extensions.core import custom_code
from extensions.core.custom_code import ACTION, CONDITION, DATA_ELEMENT
from tests.extensions.core.making import EVENT_ID, NOW, errors, run, scope

SOURCE = "return arc.event"


@dataclass
class Runner:
    """Gives a value, and notes what it was asked to run."""

    value: Any = None
    lines: tuple[tuple[str, str], ...] = ()
    asks: str = ""
    calls: list[dict[str, Any]] = field(default_factory=list)

    def run(
        self,
        build: str,
        code: str,
        given: Mapping[str, Any],
        seed: str,
        ask: Callable[[str], Any],
    ) -> Ran:
        self.calls.append({"build": build, "code": code, "given": given, "seed": seed})
        return Ran(ask(self.asks) if self.asks else self.value, self.lines)


class Failing:
    def run(self, *_: Any) -> Ran:
        raise CodeError("ReferenceError: x is not defined (line 1)", [("log", "so far")])


def given_by(delegate: Any, runner: Any, settings: Any = None, elements: Any = None) -> Any:
    settings = settings or {"source": SOURCE}
    return run(delegate, settings, elements, scope({"data": {"a": 1}}, {"ip": "x"}, code=runner))


# --- What the code is given ----------------------------------------------------------------------


def test_code_is_given_the_event_the_request_and_the_moment() -> None:
    runner = Runner()
    given_by(DATA_ELEMENT, runner)
    [call] = runner.calls
    assert call["given"] == {
        "arc": {"event": {"data": {"a": 1}}, "request": {"ip": "x"}, "ruleStash": {}},
        "now": NOW * 1000,
        "settings": {},
        "extensionSettings": {},
        "event": {"id": EVENT_ID},
    }
    assert (call["build"], call["code"]) == ("build", SOURCE)


def test_randomness_belongs_to_the_event_and_the_component() -> None:
    runner = Runner()
    given_by(DATA_ELEMENT, runner)
    assert runner.calls[0]["seed"] == f"{EVENT_ID} Test"


@pytest.mark.parametrize(
    ("source", "shown"), [("return arc.ruleStash.a", {"a": 1}), ("return arc.event", {})]
)
def test_stash_is_shown_to_code_that_speaks_of_it(source: str, shown: Any) -> None:
    runner = Runner()
    at = scope(code=runner, stash={"a": 1})
    run(DATA_ELEMENT, {"source": source}, at=at)
    assert runner.calls[0]["given"]["arc"]["ruleStash"] == shown
    assert at.stash_was_read is bool(shown)


def test_code_may_ask_for_a_data_element() -> None:
    assert given_by(DATA_ELEMENT, Runner(asks="Total"), elements={"Total": [5]}) == [5]


@pytest.mark.parametrize("name", ["", "a}}{{b", " Total "])
def test_code_that_asks_for_what_there_is_not_fails(name: str) -> None:
    runner = Runner(asks=name or "{}")
    with pytest.raises(ComponentError, match="There is no data element"):
        given_by(DATA_ELEMENT, runner, elements={"Total": 1, "a": 1, "b": 2})


def test_braces_in_code_are_no_data_element() -> None:
    runner = Runner()
    source = "if (1) {{Total}} return 1"
    given_by(DATA_ELEMENT, runner, {"source": source}, {"Total": 5})
    assert runner.calls[0]["code"] == source


# --- What comes of it ----------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0, False, "", None, [1], {"a": None}])
def test_element_gives_what_the_code_returns(value: Any) -> None:
    assert given_by(DATA_ELEMENT, Runner(value)) == value


@pytest.mark.parametrize("value", [True, False])
def test_condition_is_what_the_code_returns(value: bool) -> None:
    assert given_by(CONDITION, Runner(value)) is value


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (None, "nothing"),
        (0, "a number"),
        (1.5, "a number"),
        ("true", "text"),
        ([], "a list"),
        ({}, "an object"),
    ],
)
def test_condition_that_is_neither_true_nor_false_fails(value: Any, word: str) -> None:
    with pytest.raises(ComponentError, match=f"true or false, and returned {word}"):
        given_by(CONDITION, Runner(value))


def test_action_keeps_its_value_under_its_key() -> None:
    settings = {"source": SOURCE, "keyName": "item.count"}
    kept = given_by(ACTION, Runner(3), settings)
    assert kept == Kept(("core", "customCode", "item.count"), 3)


@pytest.mark.parametrize("delegate", [CONDITION, DATA_ELEMENT])
def test_without_anything_that_runs_it_the_component_says_so(delegate: Any) -> None:
    with pytest.raises(ComponentError, match=custom_code.SWITCHED_OFF):
        given_by(delegate, None)


@pytest.mark.parametrize(("runner", "line"), [(Runner(lines=(("log", "x"),)), "x")])
def test_what_the_code_logs_goes_to_whoever_reads_it(runner: Any, line: str) -> None:
    at = scope(code=runner, lines=[])
    run(DATA_ELEMENT, {"source": SOURCE}, at=at)
    assert at.lines == [("log", line)]


def test_what_the_code_logged_before_it_failed_is_kept_too() -> None:
    at = scope(code=Failing(), lines=[])
    with pytest.raises(ComponentError, match="ReferenceError"):
        run(DATA_ELEMENT, {"source": SOURCE}, at=at)
    assert at.lines == [("log", "so far")]


# --- The form ------------------------------------------------------------------------------------


def test_code_and_key_are_needed() -> None:
    assert errors(CONDITION, {"source": ""}) == [("source", "Please specify some code.")]
    assert errors(ACTION, {"source": "x", "keyName": " "}) == [
        ("keyName", "Please specify a key name.")
    ]


def test_elements_that_the_code_spells_out_are_known() -> None:
    source = """
        const a = await getDataElementValue('Total');
        const b = await getDataElementValue( "E-mail (raw)" ), c = getDataElementValue(name);
    """
    assert list(custom_code.elements_asked({"source": source})) == ["Total", "E-mail (raw)"]


def test_card_shows_the_first_line() -> None:
    assert CONDITION.summarise({"source": "\n\n  return true\n"}) == "code says so: return true"
