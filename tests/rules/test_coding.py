"""Custom code of a build in the real sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from custom_code.sandbox import Limits, Sandbox
from rules import coding
from rules.engine import Evaluation, assemble, compile_build, explain

MOMENT: dict[str, Any] = {"event_id": "0" * 32, "received_at": 1_760_000_000, "now": 1_760_000_000}


@pytest.fixture(scope="module")
def runner() -> Iterator[coding.Sandboxed]:
    sandbox = Sandbox(Limits(seconds=0.2))
    yield coding.Sandboxed(sandbox)
    sandbox.close()


def part(kind: str, source: str, **settings: str) -> dict[str, Any]:
    return {
        "id": f"RC{kind}",
        "kind": kind,
        "name": "Custom Code",
        "delegate": f"core::{kind}s::custom-code",
        "settings": {"source": source, **settings},
        "negate": False,
    }


def document(*parts: dict[str, Any]) -> dict[str, Any]:
    core = {"id": "EX", "name": "Core", "enabled": True, "package": "core", "settings": {}}
    rule = {"id": "RL", "name": "Rule", "enabled": True, "components": list(parts)}
    return assemble(
        "PR" + "0" * 32,
        "development",
        [("extension", core | {"version": "1"}), ("rule", rule)],
    )


def judged(runner: Any, *parts: dict[str, Any], data: Any = None) -> Evaluation:
    event = {"xdm": {}, "data": data or {}}
    return compile_build(document(*parts)).evaluate(event, {}, **MOMENT, code=runner)


@pytest.mark.parametrize(("total", "fired"), [(5, 1), (50, 0)])
def test_condition_of_javascript_decides(runner: Any, total: int, fired: int) -> None:
    condition = part("condition", "return arc.event.data.total < 10")
    assert len(judged(runner, condition, data={"total": total}).rules) == fired


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("return 1", "The code has to return true or false, and returned a number."),
        ("while (true) {}", "The code took too long."),
        ("return true; }", "SyntaxError"),
        ("return (await getDataElementValue('x' + '')) === 1", "There is no data element x."),
    ],
)
def test_code_that_fails_fails_its_rule_in_its_own_words(
    runner: Any, source: str, message: str
) -> None:
    [result] = judged(runner, part("condition", source)).rules
    assert (result.verdict, result.component) == ("failed", "RCcondition")
    assert message in result.message


def test_what_code_changes_in_the_event_is_unseen_by_the_next_rule(runner: Any) -> None:
    change = """
        arc.event.data.total = 50;
        arc.event.data.more = true;
        delete arc.event.data.kept;
        arc.request.ip = "changed";
        arc.ruleStash.core = "changed";
        return true;
    """
    look = """
        const { total, more, kept } = arc.event.data;
        return total === 5 && more === undefined && kept.length === 1 &&
            arc.request.ip === undefined && arc.ruleStash.core === undefined;
    """
    made = document(part("condition", change), part("condition", look))
    again = {
        "id": "RL2",
        "name": "Rule 2",
        "enabled": True,
        "components": [part("condition", look)],
    }
    made["rules"].append(again)
    event = {"xdm": {}, "data": {"total": 5, "kept": [1]}}
    evaluation = compile_build(made).evaluate(event, {}, **MOMENT, code=runner)
    assert [result.verdict for result in evaluation.rules] == ["fired", "fired"]
    assert event == {"xdm": {}, "data": {"total": 5, "kept": [1]}}


def test_event_that_the_sandbox_cannot_be_given_fails_the_rule(runner: Any) -> None:
    [result] = judged(runner, part("condition", "return true"), data={"n": 10**40}).rules
    assert result.verdict == "failed"


def test_trace_shows_what_the_code_logged(runner: Any) -> None:
    condition = part("condition", "utils.logger.info('seen', 1); return true")
    program = compile_build(document(condition))
    trace = explain(program, {"xdm": {}, "data": {}}, {}, **MOMENT, code=runner)
    assert trace.rules[0].conditions[0].lines == [("info", "seen 1")]


def test_moment_and_randomness_are_those_of_the_event(runner: Any) -> None:
    source = "throw new Error(String(Date.now()) + Math.random())"
    [first] = judged(runner, part("condition", source)).rules
    [again] = judged(runner, part("condition", source)).rules
    assert first == again
    assert "1760000000000" in first.message


def test_server_that_runs_no_code_has_no_runner(settings: Any) -> None:
    settings.CUSTOM_CODE = False
    assert coding.runner() is None
    settings.CUSTOM_CODE = True
    assert coding.runner() is coding.runner()
