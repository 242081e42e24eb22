"""The stash of a rule: kept by an action, read by the actions after it, gone with the rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from extensions.contract import CodeError, Ran
from rules.engine import Evaluation, Program, explain
from tests.rules.engine.making import (
    MOMENT,
    component,
    condition,
    constant,
    element,
    program,
    rule,
    send,
    values,
)

READ = element("kept", settings={"path": "arc.ruleStash.core.customCode.a"})
WHOLE = element("whole", settings={"path": "arc.ruleStash.core"})


class Words:
    """Runs code of a few words: ``data x`` reads the event, ``ask x`` a data element."""

    def __init__(self) -> None:
        self.seeds: list[str] = []
        self.builds: set[str] = set()

    def run(
        self,
        build: str,
        code: str,
        given: Mapping[str, Any],
        seed: str,
        ask: Callable[[str], Any],
    ) -> Ran:
        self.seeds.append(seed)
        self.builds.add(build)
        word, _, rest = code.partition(" ")
        lines = [("log", code)]
        if word == "fail":
            raise CodeError("It throws.", lines)
        found = {
            "data": lambda: given["arc"]["event"]["data"][rest],
            "ruleStash": lambda: given["arc"]["ruleStash"],
            "ask": lambda: ask(rest),
            "say": lambda: rest,
            "true": lambda: True,
        }
        return Ran(found[word](), lines)


def code(kind: str, source: str, key: str | None = None, **changes: Any) -> dict[str, Any]:
    settings = {"source": source} | ({} if key is None else {"keyName": key})
    return component(kind, f"core::{kind}s::custom-code", settings, **changes)


def keep(source: str, key: str = "a") -> dict[str, Any]:
    return code("action", source, key)


def coded(name: str, source: str) -> tuple[str, dict[str, Any]]:
    return element(name, "core::dataElements::custom-code", settings={"source": source})


def judged(built: Program, data: Any = None, runner: Any = None) -> Evaluation:
    event = {"xdm": {}, "data": data or {}}
    return built.evaluate(event, {}, **MOMENT, code=runner or Words())


def test_action_reads_what_an_earlier_one_kept() -> None:
    built = program(READ, rule(send("{{kept}}"), keep("data x"), send("{{kept}}")))
    assert values(judged(built, {"x": 5})) == [None, 5]


def test_action_that_keeps_owes_nothing() -> None:
    evaluation = judged(program(rule(keep("say x"))))
    assert evaluation.actions == ()
    assert [result.verdict for result in evaluation.rules] == ["fired"]


def test_later_value_of_a_key_takes_the_place_of_the_earlier() -> None:
    built = program(READ, rule(keep("say 1"), send("{{kept}}"), keep("say 2"), send("{{kept}}")))
    assert values(judged(built)) == ["1", "2"]


def test_what_an_earlier_action_read_stays_as_it_was() -> None:
    built = program(WHOLE, rule(keep("say 1"), send("{{whole}}"), keep("say 2", "b"), send()))
    assert values(judged(built))[0] == {"customCode": {"a": "1"}}


def test_stash_belongs_to_one_rule() -> None:
    built = program(
        READ,
        rule(keep("say 1"), send("{{kept}}"), name="1"),
        rule(send("{{kept}}"), keep("say 2"), name="2"),
    )
    assert values(judged(built)) == ["1", None]


def test_element_made_of_one_that_reads_the_stash_is_not_kept_either() -> None:
    built = program(
        READ,
        element("x"),
        constant("joined", "{{x}} {{kept}}"),
        rule(send("{{joined}}"), keep("say 1"), send("{{joined}}")),
    )
    assert values(judged(built, {"x": "x"})) == ["x ", "x 1"]


def test_other_elements_are_resolved_once_for_all_actions() -> None:
    built = program(
        READ,
        element("n", "guest::dataElements::count"),
        rule(send("{{n}}"), send(["{{kept}}"]), keep("say 1"), send("{{n}}")),
    )
    assert values(judged(built)) == [1, [None], 1]


def test_element_is_resolved_once_behind_a_condition_that_read_the_stash() -> None:
    built = program(
        READ,
        element("n", "guest::dataElements::count"),
        constant("again", "{{n}}"),
        constant("joined", "{{kept}} {{n}}"),
        rule(
            condition("{{kept}}", "isFalsy"),
            condition("{{n}}"),
            keep("say 1"),
            send(["{{n}}", "{{again}}", "{{joined}}"]),
            keep("say 2"),
            send(["{{n}}", "{{again}}", "{{joined}}"]),
        ),
    )
    assert values(judged(built)) == [[1, 1, "1 1"], [1, 1, "2 1"]]


def test_element_that_fails_is_asked_once_behind_a_condition_that_read_the_stash() -> None:
    runner = Words()
    built = program(
        READ,
        coded("broken", "fail"),
        *(
            rule(condition("{{kept}}", "isFalsy"), condition("{{broken}}"), send(), name=name)
            for name in ("1", "2")
        ),
    )
    evaluation = judged(built, runner=runner)
    assert [result.verdict for result in evaluation.rules] == ["failed", "failed"]
    assert len(runner.seeds) == 1


def test_element_made_of_the_stash_is_not_kept_where_a_kept_one_stands_behind_it() -> None:
    built = program(
        READ,
        element("x"),
        constant("joined", "{{kept}} {{x}}"),
        rule(send("{{x}}"), send("{{joined}}"), keep("say 1"), send("{{joined}}")),
    )
    assert values(judged(built, {"x": "x"})) == ["x", " x", "1 x"]


def test_condition_finds_the_stash_empty() -> None:
    built = program(READ, rule(condition("{{kept}}", "isFalsy"), keep("say 1"), name="1"))
    assert len(judged(built).rules) == 1


def test_key_with_dots_is_one_key() -> None:
    path = 'arc.ruleStash.core.customCode["a.b"]'
    built = program(
        element("e", settings={"path": path}), rule(keep("say 1", "a.b"), send("{{e}}"))
    )
    assert values(judged(built)) == ["1"]


# --- Custom code in a build ----------------------------------------------------------------------


def test_condition_element_and_action_run_their_code() -> None:
    built = program(
        coded("x", "data x"),
        rule(code("condition", "true"), keep("ask x"), send("{{x}}")),
    )
    assert values(judged(built, {"x": [1]})) == [[1]]


def test_code_reads_the_stash() -> None:
    built = program(
        coded("all", "ruleStash"), rule(keep("say 1"), send("{{all}}"), keep("say 2"), send(0))
    )
    assert values(judged(built))[0] == {"core": {"customCode": {"a": "1"}}}


def test_code_that_asks_for_an_element_that_does_not_exist_fails_alone() -> None:
    built = program(rule(keep("ask no"), name="1"), rule(send(1), name="2"))
    evaluation = judged(built)
    assert [(result.verdict, result.message) for result in evaluation.rules] == [
        ("failed", "There is no data element no."),
        ("fired", ""),
    ]


def test_code_that_is_switched_off_fails_its_rule_alone() -> None:
    built = program(rule(keep("say 1"), name="1"), rule(send(1), name="2"))
    evaluation = built.evaluate({"xdm": {}, "data": {}}, {}, **MOMENT)
    assert evaluation.rules[0].message == "Custom code is switched off on this server."
    assert values(evaluation) == [1]


def test_random_numbers_differ_by_component_and_repeat_by_event() -> None:
    built = program(coded("x", "say 1"), rule(code("condition", "true"), send("{{x}}")))
    first, second = Words(), Words()
    judged(built, runner=first)
    judged(built, runner=second)
    assert first.seeds == second.seeds == [f"{MOMENT['event_id']} {who}" for who in ("Rule 0", "x")]


def test_code_of_another_build_is_of_another_build() -> None:
    runner = Words()
    for word in ("say 1", "say 2", "say 1"):
        judged(program(rule(keep(word))), runner=runner)
    assert len(runner.builds) == 2


# --- The trace -----------------------------------------------------------------------------------


def traced(*contents: Any, data: Any = None) -> Any:
    event = {"xdm": {}, "data": data or {}}
    return explain(program(*contents), event, {}, **MOMENT, code=Words())


def test_trace_tells_what_each_code_logged() -> None:
    trace = traced(coded("x", "data x"), rule(code("condition", "true"), keep("fail")))
    told = trace.rules[0]
    assert [part.lines for part in (*told.conditions, *told.actions)] == [
        [("log", "true")],
        [("log", "fail")],
    ]
    assert told.message == "It throws."


def test_trace_shows_the_stash_as_the_action_found_it() -> None:
    trace = traced(READ, rule(send("{{kept}}"), keep("say 1"), send("{{kept}}")))
    shown = [action.values for action in trace.rules[0].actions]
    assert (shown[0], shown[2]) == ([("Value", None)], [("Value", "1")])


@pytest.mark.parametrize(("source", "message"), [("fail", "It throws."), ("data x", "")])
def test_trace_tells_elements_of_code_with_their_lines(source: str, message: str) -> None:
    trace = traced(coded("x", source), rule(send("{{x}}")), data={"x": 5})
    [told] = trace.elements
    assert (told.message, told.lines) == (message, [("log", source)])
    assert told.value == (None if message else 5)


def test_trace_tells_elements_that_read_the_stash() -> None:
    trace = traced(
        READ,
        coded("all", "ruleStash"),
        element("lost", settings={"path": "arc.ruleStash.core.b"}, default="none"),
        element("unused", settings={"path": "arc.ruleStash.core.c"}),
        rule(keep("say A"), send(["{{kept}}", "{{all}}", "{{lost}}"]), name="1"),
        rule(condition("{{kept}}"), send(), name="2"),
    )
    stash = {"core": {"customCode": {"a": "A"}}}
    assert [(told.name, told.raw, told.value, told.lines) for told in trace.elements] == [
        ("kept", "A", "A", []),
        ("all", stash, stash, [("log", "ruleStash")]),
        ("lost", None, "none", []),
    ]


def test_trace_tells_of_an_element_that_failed_behind_the_stash() -> None:
    trace = traced(
        READ,
        coded("broken", "fail"),
        element("joined", "core::dataElements::template", settings={"text": "{{kept}}{{broken}}"}),
        rule(condition("{{joined}}"), send()),
    )
    told = {element.name: (element.value, element.message) for element in trace.elements}
    message = "The data element broken failed. It throws."
    assert told == {"kept": (None, ""), "broken": (None, "It throws."), "joined": (None, message)}
