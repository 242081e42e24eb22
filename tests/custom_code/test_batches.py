"""Runs that go together fare as each would alone, whatever one of them does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from custom_code import hosting
from custom_code.sandbox import CodeFailure, Limits, Outcome, OutOfTime, Run, Sandbox, Unavailable
from tests.custom_code.test_sandbox import HOSTILE

CLEAN = "return [({}).polluted ?? null, typeof leak, arc.event.n]"
LOOP = "for (;;) {}"
# Longer than any run here may take by the clock, so that nothing but the clock ends an endless one.
UNSTOPPABLE = Limits(seconds=600, deadline_seconds=0.3)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


@pytest.fixture
def patient() -> Iterator[Sandbox]:
    """A sandbox that ends what does not end by killing its process."""
    made = Sandbox(UNSTOPPABLE)
    yield made
    made.close()


def wanted(code: str, number: int = 0, ask: Callable[[str], Any] = str, **event: Any) -> Run:
    given = {
        "arc": {"event": {"n": number, **event}, "request": {}, "ruleStash": {}},
        "now": 1_700_000_000_000,
        "settings": {},
        "extensionSettings": {},
        "event": {"id": f"e{number}"},
    }
    return Run("build", code, given, f"seed {number}", ask)


def told(came: Sequence[Outcome | Exception]) -> list[Any]:
    return [one.value if isinstance(one, Outcome) else str(one) for one in came]


def cleanly(runs: int) -> list[Any]:
    return [[None, "undefined", number] for number in range(runs)]


def around(code: str, good: int = 40) -> list[Run]:
    """Runs that tell what they see, and in their middle one of other code."""
    runs = [wanted(CLEAN, number) for number in range(good)]
    return [*runs[: good // 2], wanted(code, 99), *runs[good // 2 :]]


LATER = "Promise.resolve().then(() => { for (let i = 0; i < 5; i++) Math.random(); });"
LATER_FOR_EVER = "Promise.resolve().then(() => { for (;;); });"
LEFT_BEHIND = {
    "by toJSON": f"return {{toJSON() {{ {LATER} return 1 }}}}",
    "by toJSON deep inside": f"return [{{a: {{toJSON() {{ {LATER} return 1 }}}}}}]",
    "by a getter": f"return {{get a() {{ {LATER} return 1 }}}}",
    "by toString of what is thrown": f"throw {{toString() {{ {LATER} return 'x' }}}}",
    "by toJSON, without end": f"return {{toJSON() {{ {LATER_FOR_EVER} return 1 }}}}",
}


@pytest.mark.parametrize("code", LEFT_BEHIND.values(), ids=LEFT_BEHIND)
def test_nothing_that_a_run_leaves_behind_runs_in_the_next(sandbox: Sandbox, code: str) -> None:
    drawing = "await null; return [Math.random(), Math.random()]"
    alone = told([sandbox.run(wanted(drawing, 1))])
    _, *came = sandbox.run_many([wanted(code), wanted(drawing, 1), wanted(CLEAN, 2)])
    assert told(came) == [*alone, [None, "undefined", 2]]


def test_answers_come_in_the_order_of_the_runs(sandbox: Sandbox) -> None:
    runs = [wanted("return [arc.event.n, utils.event.id]", number) for number in range(700)]
    assert told(sandbox.run_many(runs)) == [[number, f"e{number}"] for number in range(700)]


def test_nothing_is_asked_for_nothing(sandbox: Sandbox) -> None:
    assert sandbox.run_many([]) == []


@pytest.mark.parametrize(("code", "words"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_run_among_good_ones_harms_only_itself(
    sandbox: Sandbox, code: str, words: str
) -> None:
    came = sandbox.run_many(around(code))
    culprit = came.pop(20)
    assert isinstance(culprit, CodeFailure)
    assert words in str(culprit)
    assert told(came) == cleanly(40)


def test_all_hostile_runs_together_fail_each_in_its_own_words(sandbox: Sandbox) -> None:
    codes = [code for code, _ in HOSTILE.values()]
    mixed = [one for code in codes for one in (wanted(code), wanted(CLEAN))]
    came = sandbox.run_many(mixed)
    assert told(came[1::2]) == [[None, "undefined", 0] for _ in codes]
    for one, (_, words) in zip(came[::2], HOSTILE.values(), strict=True):
        assert words in str(one)


def test_run_that_only_a_kill_ends_fails_alone_and_the_others_run(patient: Sandbox) -> None:
    came = patient.run_many(around(LOOP, 200))
    assert str(came.pop(100)) == "The code took too long."
    assert told(came) == cleanly(200)


def test_two_of_them_fail_and_no_other(patient: Sandbox) -> None:
    runs = [wanted(LOOP if number in (3, 90) else CLEAN, number) for number in range(120)]
    came = told(patient.run_many(runs))
    assert [place for place, one in enumerate(came) if isinstance(one, str)] == [3, 90]


def test_host_that_is_killed_takes_the_run_under_way_with_it(sandbox: Sandbox) -> None:
    def kill(_name: str) -> str:
        assert sandbox._host is not None
        os.kill(sandbox._host.pid, signal.SIGKILL)
        return "never heard"

    runs = around("x")
    runs[20] = wanted("return await getDataElementValue('x')", 20, kill)
    came = sandbox.run_many(runs)
    assert str(came.pop(20)) == "The code ended the process it ran in."
    assert told(came) == cleanly(40)


def test_questions_are_answered_between_the_runs(sandbox: Sandbox) -> None:
    code = "return [arc.event.n, await getDataElementValue('A'), await getDataElementValue('B')]"
    runs = [wanted(code, number, lambda name, n=number: f"{name}{n}") for number in range(300)]
    expected = [[number, f"A{number}", f"B{number}"] for number in range(300)]
    assert told(sandbox.run_many(runs)) == expected


def test_nobody_is_asked_twice_when_a_later_run_ends_the_host(patient: Sandbox) -> None:
    asked: list[str] = []

    def ask(name: str) -> str:
        asked.append(name)
        return name

    code = "return await getDataElementValue(utils.event.id)"
    runs = [wanted(code, number, ask) for number in range(30)]
    runs[10] = wanted(f"await getDataElementValue('culprit'); {LOOP}", 10, ask)
    runs[20] = wanted(LOOP, 20)
    patient.run_many(runs)
    assert sorted(asked) == sorted([f"e{n}" for n in range(30) if n not in (10, 20)] + ["culprit"])


def test_code_asked_for_in_a_batch_runs_too(sandbox: Sandbox) -> None:
    def ask(_name: str) -> Any:
        return told(sandbox.run_many([wanted("return 1"), wanted("return 2")]))

    runs = [wanted("return await getDataElementValue('x')", n, ask) for n in range(3)]
    assert told(sandbox.run_many(runs)) == [[1, 2]] * 3


def test_full_pipes_do_not_hold_each_other_up(sandbox: Sandbox) -> None:
    code = "return arc.event.text + await getDataElementValue('more')"
    text, more = "a" * 150_000, "b" * 100_000
    runs = [wanted(code, number, lambda _name: more, text=text) for number in range(60)]
    assert told(sandbox.run_many(runs)) == [text + more] * 60


def test_only_the_run_that_cannot_be_given_its_event_fails(sandbox: Sandbox) -> None:
    runs = around("return 1")
    runs[0] = wanted("return 1", huge=10**40)
    runs[20] = wanted("return 1", text="a" * (9 * 1024 * 1024))
    first, *came = sandbox.run_many(runs)
    assert isinstance(first, TypeError)
    assert str(came.pop(19)) == "The event is too large for custom code."
    assert told(came) == cleanly(40)[1:]


def test_value_that_code_cannot_be_given_is_an_error_in_it(sandbox: Sandbox) -> None:
    code = "try { return await getDataElementValue('x') } catch (e) { return 'caught' }"
    values: list[Any] = [10**40, "\ud800", object(), "a" * (9 * 1024 * 1024)]
    runs = [wanted(code, 0, lambda _name, value=value: value) for value in values]
    assert told(sandbox.run_many([*runs, wanted(CLEAN)])) == [*["caught"] * 4, *cleanly(1)]


def test_value_that_is_no_text_fails_its_run_alone(sandbox: Sandbox) -> None:
    came = told(sandbox.run_many(around("return '\\ud800'")))
    assert "valid Unicode" in came.pop(20)
    assert came == cleanly(40)


def test_whoever_breaks_off_leaves_no_answer_to_the_next(sandbox: Sandbox) -> None:
    def leave(_name: str) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sandbox.run_many([wanted("return await getDataElementValue('x')", 0, leave)])
    assert told(sandbox.run_many([wanted("return 'mine'")])) == ["mine"]


def test_code_that_asks_without_end_ends(patient: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monotonic = time.monotonic
    asked: list[str] = []
    # Each answer takes a second.
    monkeypatch.setattr(time, "monotonic", lambda: monotonic() + len(asked))
    [came] = patient.run_many(
        [wanted("for (;;) await getDataElementValue('x')", 0, lambda name: asked.append(name))]
    )
    assert str(came) == "The code took too long."
    assert 4 <= len(asked) <= 6


def test_out_of_time_leaves_the_rest_but_never_the_first(sandbox: Sandbox) -> None:
    runs = [wanted(CLEAN, number) for number in range(50)]
    first, *rest = sandbox.run_many(runs, until=time.monotonic() - 1)
    assert told([first]) == cleanly(1)
    assert all(isinstance(one, OutOfTime) for one in rest)
    assert told(sandbox.run_many(runs)) == cleanly(50)


def test_code_travels_once_in_the_life_of_a_host(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: list[bytes] = []
    packed = hosting.frames.packed
    monkeypatch.setattr(
        hosting.frames, "packed", lambda kind, body: kinds.append(kind) or packed(kind, body)
    )
    for _ in range(2):
        sandbox.run_many([wanted("return 'once'", number) for number in range(10)])
    assert (kinds.count(b"C"), kinds.count(b"R")) == (1, 20)


def test_host_forgets_code_when_it_has_too_much_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hosting, "_MOST_CODE_BYTES", 200)
    sandbox = Sandbox()
    for number in range(20):
        assert told(sandbox.run_many([wanted(f"return {number}")])) == [number]
    assert sandbox._host is not None
    assert len(sandbox._host._numbers) < 10
    sandbox.close()


# --- Reading code without running it -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "line", "words"),
    [
        ("return (", 1, "unexpected token"),
        ("const a = 1;\nreturn a +* 2;\n", 2, "unexpected token"),
        ("a = 1;\n\nlet b; let b;", 3, "redefinition"),
        ("if (a) {\n  b();\n", 3, "unexpected token"),
        ("const arc = 1", 1, "redefinition"),
        ("with (arc) {}", 1, "with"),
        ("return '\0'", 0, "null character"),
    ],
)
def test_code_that_cannot_be_read_is_told_with_its_line(
    sandbox: Sandbox, code: str, line: int, words: str
) -> None:
    [fault] = sandbox.look([code])
    assert fault is not None
    assert (fault.line, words in fault.message) == (line, True)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "return arc?.event ?? await getDataElementValue('x')",
        "// nothing else",
        "for await (const a of b) {}\nclass C { #d = `${1}` }",
        "return {braces: '{code}'}",
    ],
)
def test_code_that_can_be_read_has_no_fault(sandbox: Sandbox, code: str) -> None:
    assert sandbox.look([code]) == [None]


@pytest.mark.parametrize(
    "code",
    [
        LOOP,
        "}); for (;;) {} (async () => {",
        "}); let once = 1; (async () => {",
        "(() => { for (;;) {} })()",
        "}, (() => { for (;;) {} })()); (async () => {",
    ],
)
def test_code_that_is_looked_at_does_not_run(patient: Sandbox, code: str) -> None:
    assert patient.look([code, code]) == [None, None]


def test_many_codes_are_looked_at_together(sandbox: Sandbox) -> None:
    codes = [("return 1;" * 5_000) if number % 2 else "return (" for number in range(100)]
    found = sandbox.look(codes)
    assert [fault is None for fault in found] == [bool(number % 2) for number in range(100)]


def test_who_cannot_start_a_host_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise OSError("no more processes")

    monkeypatch.setattr(hosting.subprocess, "Popen", refuse)
    sandbox = Sandbox()
    with pytest.raises(Unavailable):
        sandbox.look(["x"])
    assert (
        told(sandbox.run_many([wanted("return 1")] * 2))
        == ["The process for custom code could not be started."] * 2
    )
