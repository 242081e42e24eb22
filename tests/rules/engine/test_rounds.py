"""Events that are evaluated together come out as each would alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_code.sandbox import Sandbox
from extensions.contract import Answered, CodeError, Ran
from rules.coding import Sandboxed
from rules.engine import Program, rounds
from rules.engine.rounds import Call, Job, Postponed, evaluate_all
from tests.extensions.core.making import json_values, patient
from tests.rules.engine import builds
from tests.rules.engine.making import (
    NOW,
    component,
    condition,
    document,
    element,
    extension,
    program,
    rule,
    send,
)

CODE = "core::{}s::custom-code"


class Noting:
    """Runs code, and notes every run: what it gave and what it logged."""

    def __init__(self, code: Sandboxed) -> None:
        self.code = code
        self.runs: Counter[str] = Counter()
        self.batches: list[int] = []

    def run(
        self, build: str, code: str, given: Mapping[str, Any], seed: str, ask: Callable[[str], Any]
    ) -> Ran:
        try:
            ran = self.code.run(build, code, given, seed, ask)
        except Exception as error:
            self._note(seed, code, error)
            raise
        self._note(seed, code, ran)
        return ran

    def run_many(self, calls: Sequence[Call]) -> Sequence[Ran | Exception | Postponed]:
        came = self.code.run_many(calls)
        self.batches.append(len(calls))
        for call, one in zip(calls, came, strict=True):
            self._note(call.seed, call.code, one)
        return came

    def is_late(self) -> bool:
        return False

    def _note(self, seed: str, code: str, came: Ran | BaseException) -> None:
        lines = came.lines if isinstance(came, Ran | CodeError) else ()
        value = came.value if isinstance(came, Ran) else repr(came)
        self.runs[repr((seed, code, value, lines))] += 1


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[Sandboxed]:
    sandbox = Sandbox()
    yield Sandboxed(sandbox)
    sandbox.close()


def code(kind: str, source: str, *, negate: bool = False, **settings: Any) -> dict[str, Any]:
    return component(kind, CODE.format(kind), {"source": source, **settings}, negate=negate)


def coded(name: str, source: str) -> tuple[str, dict[str, Any]]:
    return element(name, "core::dataElements::custom-code", settings={"source": source})


def jobs(*data: Any) -> list[Job]:
    return [
        Job({"xdm": {}, "data": one}, {}, f"{number:032x}", NOW, NOW)
        for number, one in enumerate(data)
    ]


def alone(built: Program, all_: Sequence[Job], runner: Any) -> list[Any]:
    return [
        built.evaluate(
            job.event,
            job.request,
            event_id=job.event_id,
            received_at=job.received_at,
            now=job.now,
            code=runner,
        )
        for job in all_
    ]


# --- The same as one by one ----------------------------------------------------------------------

CONDITIONS = (
    "return arc.event.data.a > 1",
    "utils.logger.log('saw', arc.event.data.a); return true",
    "return Math.random() < 0.7",
    "return (await getDataElementValue('code')) !== null",
    "return (await getDataElementValue('asks')).length > 0",
    "const [x, y] = await Promise.all(['asks stash', 'a'].map(getDataElementValue)); return !x",
    "return (await getDataElementValue('stash')) === null",
    "try { await getDataElementValue('fails') } catch (e) { utils.logger.log(`${e}`) } return !0",
    "await getDataElementValue('code'); await getDataElementValue('stash');"
    "await getDataElementValue('stash'); return true",
    "utils.logger.warn('before'); throw new Error('no')",
    "return 1",
    "return (await getDataElementValue('deep')) !== 7",
    "return await getDataElementValue('unknown')",
    "return (",
    "return await getDataElementValue('broken') || true",
)  # fmt: skip
ACTIONS = (
    "return (arc.ruleStash.core?.customCode?.k ?? 0) + 1",
    "return await getDataElementValue('stash')",
    "return await getDataElementValue('asks stash')",
    "throw 1",
)
ELEMENTS = {
    "code": "utils.logger.log('code'); return arc.event.data.a ?? null",
    "asks": "return [await getDataElementValue('code'), await getDataElementValue('a')]",
    "stash": "utils.logger.log('stash'); return arc.ruleStash.core ?? null",
    "asks stash": "return [await getDataElementValue('stash'), await getDataElementValue('code')]",
    "deep": "return await getDataElementValue('asks stash')",
    "fails": "utils.logger.log('fails'); throw new Error('broken on purpose')",
}
TOKENS = ("{{code}}", "{{stash}}", "x {{asks stash}} {{code}}", "{{deep}}", "{{fails}}", "{{b}}")


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    negate = draw(st.booleans())
    made = (
        code("condition", draw(st.sampled_from(CONDITIONS)), negate=negate)
        if draw(st.integers(0, 2))
        else condition(draw(st.sampled_from(TOKENS)), "isTruthy", negate=negate)
    )
    return made | {"group": draw(builds.groups)}


@st.composite
def actions(draw: st.DrawFn) -> dict[str, Any]:
    if draw(st.booleans()):
        return code("action", draw(st.sampled_from(ACTIONS)), keyName="k")
    return send(draw(st.sampled_from(TOKENS)))


@st.composite
def built(draw: st.DrawFn) -> Program:
    rules = [
        rule(
            *draw(st.lists(conditions(), max_size=4)),
            *draw(st.lists(actions(), min_size=1, max_size=4)),
            name=str(number),
            logic=draw(builds.logics),
        )
        for number in range(draw(st.integers(1, 4)))
    ]
    own = [coded(name, source) for name, source in ELEMENTS.items()]
    broken = element("broken", "guest::dataElements::fail")
    return Program(document(*own, broken, element("a"), element("b", default="x"), *rules))


_data = st.fixed_dictionaries({}, optional={"a": st.integers(0, 3) | json_values})


@patient
@given(made=built(), data=st.lists(_data, max_size=5), most=st.sampled_from([1, 2, 16]))
def test_any_events_come_out_as_one_by_one_and_no_code_runs_twice(
    sandboxed: Sandboxed, made: Program, data: list[Any], most: int
) -> None:
    apart, together = Noting(sandboxed), Noting(sandboxed)
    expected = alone(made, jobs(*data), apart)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rounds, "_MOST_ROUNDS", most)
        found = evaluate_all(made, jobs(*data), together)
    assert repr(found) == repr(expected)  # not ==: a NaN of the event equals nothing
    assert together.runs == apart.runs


# --- How -----------------------------------------------------------------------------------------


def test_code_of_all_events_runs_in_one_batch_for_each_that_is_in_the_way(
    sandboxed: Sandboxed,
) -> None:
    made = program(
        element("a"),
        rule(
            condition("{{a}}"),
            code("condition", "return arc.event.data.a > 1"),
            code("condition", "return arc.event.data.a > 2"),
            send("{{a}}"),
        ),
    )
    runner = Noting(sandboxed)
    found = evaluate_all(made, jobs(*({"a": a} for a in (0, 1, 2, 3, 4))), runner)
    assert runner.batches == [4, 3]
    assert [len(one.actions) for one in found] == [0, 0, 0, 1, 1]


def test_events_without_code_in_their_way_are_evaluated_once(sandboxed: Sandboxed) -> None:
    made = program(
        element("a"),
        element("count", "guest::dataElements::count"),
        rule(send("{{count}}"), name="1"),
        rule(condition("{{a}}"), code("condition", "return true"), send("coded"), name="2"),
    )
    found = evaluate_all(made, jobs({}, {"a": 1}, {}), Noting(sandboxed))
    values = [[action.result.payload["value"] for action in one.actions] for one in found]
    # The second one stopped, and began again after all had been evaluated.
    assert values == [[1], [4, "coded"], [3]]


def test_more_code_than_there_are_rounds_is_run_one_by_one(
    sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_MOST_ROUNDS", 3)
    steps = [code("condition", f"return arc.event.data.a !== {number}") for number in range(6)]
    made = program(rule(*steps, send("sent")))
    runner = Noting(sandboxed)
    found = evaluate_all(made, jobs(*({"a": a} for a in range(8))), runner)
    assert runner.batches == [8, 7, 6]
    assert [len(one.actions) for one in found] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert set(runner.runs.values()) == {1}


def test_server_that_runs_no_code_evaluates_too() -> None:
    made = program(rule(code("condition", "return true"), send("x"), name="1"), rule(send("y")))
    assert evaluate_all(made, jobs({}, {})) == alone(made, jobs({}, {}), None)
    assert evaluate_all(made, []) == []


def test_event_that_raises_is_told_in_its_place(
    sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = program(rule(code("condition", "return true"), send("x")))
    evaluate = Program.evaluate

    def broken(self: Program, event: Any, *more: Any, **keywords: Any) -> Any:
        if event["data"] == "bad":
            raise RecursionError
        return evaluate(self, event, *more, **keywords)

    monkeypatch.setattr(Program, "evaluate", broken)
    first, second, third = evaluate_all(made, jobs("good", "bad", "good"), Noting(sandboxed))
    assert (len(first.actions), type(second), len(third.actions)) == (1, RecursionError, 1)


class Late(Noting):
    """Has no time but for the first."""

    def run_many(self, calls: Sequence[Call]) -> Sequence[Ran | Exception | Postponed]:
        return [super().run_many(calls[:1])[0], *(Postponed() for _ in calls[1:])]

    def is_late(self) -> bool:
        return True


@pytest.mark.parametrize("most", [1, 2, 16])
def test_without_time_the_first_event_comes_to_its_end_and_others_are_postponed(
    sandboxed: Sandboxed, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(rounds, "_MOST_ROUNDS", most)
    made = program(
        element("a"),
        rule(
            condition("{{a}}"),
            *[code("condition", "return true")] * 2,
            send("x"),
        ),
    )
    found = evaluate_all(made, jobs({}, {"a": 1}, {"a": 1}, {}, {"a": 1}), Late(sandboxed))
    kinds = [one if isinstance(one, Exception) else type(one).__name__ for one in found]
    assert kinds == ["Evaluation", "Evaluation", "Postponed", "Evaluation", "Postponed"]


def test_answers_that_a_rule_waits_for_are_given_with_the_event(sandboxed: Sandboxed) -> None:
    seen: list[Any] = []

    class Seeing:
        def evaluate(self, *_: Any, answers: Any, **__: Any) -> str:
            seen.append(answers)
            return "evaluated"

    job = Job({}, {}, "0" * 32, NOW, NOW, {"RC": "answer"})  # type: ignore[dict-item]
    assert evaluate_all(Seeing(), [job]) == ["evaluated"]  # type: ignore[arg-type]
    assert seen == [{"RC": "answer"}]


def test_payloads_are_the_same_to_the_byte(sandboxed: Sandboxed) -> None:
    made = program(
        coded("code", "return {z: 1, a: [1.5, 'ü', null]}"),
        rule(code("condition", "return true"), send({"value": "{{code}}", "text": "{{code}}"})),
    )
    runner = Noting(sandboxed)
    written = [
        [orjson.dumps(action.result.payload) for one in found for action in one.actions]
        for found in (
            evaluate_all(made, jobs({}, {}), runner),
            alone(made, jobs({}, {}), runner),
        )
    ]
    assert written[0] == written[1]
    assert len(written[0]) == 2


FETCH = "adobe-cloud-connector"
TOWN = f"return arc.ruleStash['{FETCH}'].results.who.body.town.toUpperCase() + arc.event.data"


def lookup(*more: dict[str, Any]) -> Program:
    """A rule that asks a server, and has code of what it answers."""
    action = component(
        "action",
        f"{FETCH}::actions::make-fetch-call",
        {"url": "https://api.example.com/", "saveResponse": True, "responseKey": "who"},
    )
    kept = element("kept", settings={"path": "arc.ruleStash.core.customCode.town"})
    town = code("action", TOWN, keyName="town")
    return program(extension(FETCH), kept, rule(action, *more, town, send("{{kept}}")))


def test_code_behind_a_call_goes_on_with_its_answer_and_waits_without(
    sandboxed: Sandboxed,
) -> None:
    answered = {"Rule 0": Answered(200, {}, '{"town": "Bern"}')}
    failed = {"Rule 0": Answered(failure="The server answered 404 Not Found.")}
    given = [None, answered, failed, None, answered]
    all_ = [job._replace(answers=one) for job, one in zip(jobs(*"abcde"), given, strict=True)]
    found = evaluate_all(lookup(), all_, sandboxed)
    assert [[one.verdict for one in each.rules] for each in found] == [
        ["waiting"], ["fired"], ["failed"], ["waiting"], ["fired"]
    ]  # fmt: skip
    payloads = [[action.result.payload for action in each.actions[1:]] for each in found]
    assert payloads == [[], [{"value": "BERNb"}], [], [], [{"value": "BERNe"}]]


def test_code_behind_a_call_runs_in_batches_as_it_runs_alone(sandboxed: Sandboxed) -> None:
    built = lookup(code("action", "return 1", keyName="one"))
    answers = {"Rule 0": Answered(200, {}, '{"town": "Bern"}')}
    for known in (None, answers):
        all_ = [job._replace(answers=known) for job in jobs("a", "b")]
        together = evaluate_all(built, all_, sandboxed)
        assert together == [
            built.evaluate(
                job.event, job.request, event_id=job.event_id, received_at=NOW, now=NOW,
                code=sandboxed, answers=known,
            )
            for job in all_
        ]  # fmt: skip
