"""Custom code gives a value or a clear failure, and never anything else."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custom_code.sandbox import CodeFailure, Limits, Run, Sandbox
from tests.docs.pages import rows

NOW = 1_700_000_000_123
EVENT = {"xdm": {"eventType": "commerce.purchases", "list": [1, 2, {"deep": 0}]}, "data": {}}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


def run(
    sandbox: Sandbox, code: str, *, build: str = "build", seed: str = "event", ask: Any = None
) -> Any:
    return tell(sandbox, code, build=build, seed=seed, ask=ask).value


def tell(
    sandbox: Sandbox, code: str, *, build: str = "build", seed: str = "event", ask: Any = None
) -> Any:
    given = {
        "arc": {"event": EVENT, "request": {"ip": "203.0.113.7"}, "ruleStash": {}},
        "now": NOW,
        "settings": {"list": [1]},
        "extensionSettings": {"key": "value"},
        "event": {"id": "e1"},
    }
    return sandbox.run(Run(build, code, given, seed, ask or (lambda name: {"asked": name})))


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("return arc.event.xdm.list[2].deep", 0),
        ("return arc.event.xdm.eventType === 'commerce.purchases'", True),
        ("return arc.request.ip", "203.0.113.7"),
        ("return null", None),
        ("return undefined", None),
        ("", None),
        ("return NaN", None),
        ("return 'ümlaut 東京 \\u{1F600}'", "ümlaut 東京 😀"),
        ("return {a: [1, 'x', null, {b: false}]}", {"a": [1, "x", None, {"b": False}]}),
        ("return await Promise.resolve(7)", 7),
        ("return utils.getSettings().list", [1]),
        ("return utils.getExtensionSettings().key", "value"),
        ("return utils.event.id", "e1"),
        ("return [Date.now(), new Date().getTime(), new Date(0).getTime()]", [NOW, NOW, 0]),
        ("return new Date() instanceof Date && Date.UTC(1970, 0, 2)", 86_400_000),
        ("return new Date(2026, 0, 1).toISOString()", "2026-01-01T00:00:00.000Z"),
        ("const own = {}; own.toString = () => 'mine'; return `${own}`", "mine"),
        ("class A extends Error { get name() { return 'A' } } return String(new A('x'))", "A: x"),
        ("const e = new Error('a'); e.message = 'b'; return e.message", "b"),
        ("arc.event.xdm.list = 1; return arc.event.xdm.list", 1),
    ],
)
def test_what_code_returns_comes_back(sandbox: Sandbox, code: str, value: Any) -> None:
    assert run(sandbox, code) == value


HOSTILE = {
    "endless loop": ("while (true) {}", "took too long"),
    "endless loop that catches": ("try { while (true) {} } catch { return 1 }", "took too long"),
    "endless loop in finally": ("try { return 1 } finally { for (;;) {} }", "took too long"),
    "endless promises": ("for (;;) await null", "took too long"),
    "promise that never settles": ("await new Promise(() => {})", "never happens"),
    "runaway regex": ("return /^(a+)+$/.test('a'.repeat(40) + '!')", "took too long"),
    "memory by array": ("let a = []; for (;;) a = [a, new Array(1e6).fill(a)]", "too"),
    "memory by text": ("let s = 'x'; for (;;) s += s", "too"),
    "memory at once": ("return 'x'.repeat(2 ** 29)", "too much memory"),
    "typed memory": ("return new Uint8Array(2 ** 30).length", "too much memory"),
    "recursion": ("return (function f() { return f() })()", "call stack"),
    "large value": ("return 'x'.repeat(300000)", "too large"),
    "circle": ("const a = {}; a.a = a; return a", "circular"),
    "big integer": ("return 1n", "BigInt"),
    "thrown text": ("throw 'stop'", "stop"),
    "thrown null": ("throw null", "null"),
    "thrown trap": ("throw { toString() { throw 1 } }", "cannot be told"),
    "late error": ("queueMicrotask(() => { throw new Error('late') }); await null", "late"),
    "syntax": ("return (", "SyntaxError"),
    "unknown name": ("fork()", "fork is not defined"),
    "no require": ("require('fs')", "require is not defined"),
    "no process": ("process.exit()", "process is not defined"),
    "no fetch": ("await fetch('http://127.0.0.1/')", "fetch is not defined"),
    "no timers": ("setTimeout(() => {}, 1)", "setTimeout is not defined"),
    "no modules": ("await import('/etc/passwd')", "could not load"),
    "no shared memory": ("new SharedArrayBuffer(1)", "SharedArrayBuffer is not defined"),
    "no timing": ("performance.now()", "performance is not defined"),
    "no weak references": ("new WeakRef({})", "WeakRef is not defined"),
    "leaked global": ("leak = 1", "leak is not defined"),
    "set global": ("globalThis.leak = 1", "not extensible"),
    "object pollution": ("Object.prototype.polluted = 1", "not extensible"),
    "pollution by __proto__": ("({}).__proto__.polluted = 1", "not extensible"),
    "pollution by constructor": ("arc.constructor.prototype.polluted = 1", "not extensible"),
    "array pollution": ("Array.prototype.push = () => 0", "read-only"),
    "json pollution": ("JSON.parse = () => ({})", "read-only"),
    "promise pollution": ("Promise.prototype.then = () => 0", "read-only"),
    "iterator pollution": ("[][Symbol.iterator]().__proto__.next = () => 0", "read-only"),
    "async pollution": ("(async () => {}).__proto__.polluted = 1", "not extensible"),
    "date pollution": ("Date.prototype.getTime = () => 0", "read-only"),
    "to text pollution": ("Object.prototype.toString = () => 'x'", "read-only"),
    "date back door": ("return new ((new Date()).constructor)().getTime() - Date.now() || null.x",
                       "null"),
    "escaping the function": ("}); while (true) {} (async () => {", "too"),
}  # fmt: skip


@pytest.mark.parametrize(("code", "words"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_code_fails_clearly_and_alone(sandbox: Sandbox, code: str, words: str) -> None:
    with pytest.raises(CodeFailure, match=words):
        run(sandbox, code)
    assert run(sandbox, "return [({}).polluted ?? null, typeof leak]") == [None, "undefined"]


def test_a_deep_event_given_by_a_visitor_is_data() -> None:
    sandbox = Sandbox()
    given = {"arc": {"event": {"__proto__": {"polluted": 1}, "constructor": {"prototype": 1}}}}
    rest = {"now": 0, "settings": {}, "extensionSettings": {}, "event": {}}
    code = "return [({}).polluted ?? null, Object.keys(arc.event)]"
    try:
        outcome = sandbox.run(Run("build", code, given | rest, "", str))
    finally:
        sandbox.close()
    assert outcome.value == [None, ["__proto__", "constructor"]]


def test_the_line_of_an_error_is_that_of_the_code(sandbox: Sandbox) -> None:
    with pytest.raises(CodeFailure, match=r"cannot read property 'x' of null \(line 3\)") as caught:
        run(sandbox, "\nconst f = (a) =>\n  a.x;\nawait null;\nreturn f(null);")
    assert caught.value.line == 3


def test_what_code_logs_comes_back_in_bounds(sandbox: Sandbox) -> None:
    outcome = tell(sandbox, "utils.logger.log('a', {b: 1}); utils.logger.error('c'); return 1")
    assert outcome.lines == [("log", 'a {"b":1}'), ("error", "c")]
    many = tell(sandbox, "for (let i = 0; i < 1000; i++) utils.logger.info('x'.repeat(10000))")
    assert len(many.lines) == 50
    assert max(len(text) for _, text in many.lines) == 500
    with pytest.raises(CodeFailure) as caught:
        run(sandbox, "utils.logger.warn('before'); null.x")
    assert caught.value.lines == [("warn", "before")]


def test_console_logs_where_the_logger_does(sandbox: Sandbox) -> None:
    code = "console.log('a', {b: 1}); utils.logger.info('b'); console.error('c'); return 1"
    assert tell(sandbox, code).lines == [("log", 'a {"b":1}'), ("info", "b"), ("error", "c")]
    assert tell(sandbox, "const { warn } = console; warn('d')").lines == [("warn", "d")]
    late = "console.debug('e'); return { toJSON() { console.info('late'); return 2 } }"
    assert tell(sandbox, late).lines == [("debug", "e"), ("info", "late")]
    assert tell(sandbox, "return 1").lines == []
    with pytest.raises(CodeFailure, match="read-only"):
        run(sandbox, "console.log = () => 0")


def test_code_is_strict(sandbox: Sandbox) -> None:
    assert run(sandbox, "return (function () { return this === undefined })()") is True
    with pytest.raises(CodeFailure, match="SyntaxError"):
        run(sandbox, "with (Math) { return PI }")


def test_what_the_page_says_is_not_there_is_not(sandbox: Sandbox) -> None:
    [row] = [row for row in rows("differences.md") if row[0].startswith("What only browsers")]
    names = re.findall(r"`(\w+)`", row[2])
    assert len(names) > 10
    assert [name for name in names if run(sandbox, f"return typeof {name}") != "undefined"] == []


def test_random_numbers_belong_to_the_event(sandbox: Sandbox) -> None:
    code = "return [Math.random(), Math.random()]"
    first, again = run(sandbox, code, seed="a"), run(sandbox, code, seed="a")
    other = run(sandbox, code, seed="b")
    assert first == again
    assert len({*first, *other}) == 4
    assert all(0 <= number < 1 for number in (*first, *other))


def test_random_numbers_are_spread(sandbox: Sandbox) -> None:
    numbers = [run(sandbox, "return Math.random()", seed=f"event {n}") for n in range(400)]
    tenths = [sum(int(number * 10) == tenth for number in numbers) for tenth in range(10)]
    assert min(tenths) > 15


def test_data_elements_are_asked_for(sandbox: Sandbox) -> None:
    code = """
        const one = await getDataElementValue('One');
        const [two, three] = await Promise.all(['Two', 'Three'].map(getDataElementValue));
        return [one, two, three];
    """
    asked = ["One", "Two", "Three"]
    assert run(sandbox, code) == [{"asked": name} for name in asked]


def test_an_element_that_fails_is_an_error_in_the_code(sandbox: Sandbox) -> None:
    def ask(name: str) -> Any:
        raise ValueError(f"There is no {name}.")

    with pytest.raises(CodeFailure, match="There is no Price"):
        run(sandbox, "return await getDataElementValue('Price')", ask=ask)
    caught = "try { await getDataElementValue('Price') } catch (e) { return e.message }"
    assert run(sandbox, caught, ask=ask) == "There is no Price."


def test_code_may_ask_for_code(sandbox: Sandbox) -> None:
    def ask(name: str) -> Any:
        return run(sandbox, "return [await getDataElementValue('plain'), 1]", ask=lambda n: n)

    assert run(sandbox, "return await getDataElementValue('code')", ask=ask) == ["plain", 1]


def test_code_that_asks_for_itself_ends(sandbox: Sandbox) -> None:
    code = "return await getDataElementValue('itself')"

    def ask(name: str) -> Any:
        return run(sandbox, code, ask=ask)

    with pytest.raises(CodeFailure, match="too many times"):
        run(sandbox, code, ask=ask)


def test_code_of_more_builds_than_are_kept_runs(sandbox: Sandbox) -> None:
    for number in range(20):  # more than there are contexts
        assert run(sandbox, "return 1", build=f"build {number}") == 1
    assert run(sandbox, "return 2", build="build 0") == 2


def test_builds_share_nothing() -> None:
    def large(letter: str) -> str:
        return f"return '{letter * 1_000_000}'.length"

    # Nothing that code can look at could tell, as all of it is frozen. But each build has its
    # own memory: two codes of one do not fit into it, and those of two builds do.
    sandbox = Sandbox(Limits(seconds=5, memory_bytes=6 * 1024 * 1024))
    try:
        for build, letter in (("one", "x"), ("two", "y"), ("three", "z")):
            assert run(sandbox, large(letter), build=build) == 1_000_000
        with pytest.raises(CodeFailure, match="too much memory"):
            run(sandbox, large("y"), build="one")
    finally:
        sandbox.close()


def test_what_does_not_end_is_killed_and_the_next_run_works() -> None:
    sandbox = Sandbox(Limits(seconds=60, deadline_seconds=0.2))
    try:
        with pytest.raises(CodeFailure, match="took too long"):
            run(sandbox, "while (true) {}")
        assert run(sandbox, "return 1") == 1
    finally:
        sandbox.close()


def test_a_host_that_dies_is_replaced(sandbox: Sandbox) -> None:
    assert run(sandbox, "return 1") == 1
    assert sandbox._host is not None
    os.kill(sandbox._host.pid, signal.SIGKILL)
    sandbox._host._process.wait()
    assert run(sandbox, "return 2") == 2


def test_memory_stays_bounded(sandbox: Sandbox) -> None:
    def resident() -> int:
        assert sandbox._host is not None
        status = Path(f"/proc/{sandbox._host.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    code = "const kept = new Array(1000).fill({a: 1}); return kept.length"
    for _ in range(300):
        run(sandbox, code)
    before = resident()
    for _ in range(3000):
        run(sandbox, code)
    assert resident() - before < 4096


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=150, deadline=None)
def test_any_json_passes_through_unchanged(sandbox: Sandbox, value: Any) -> None:
    def ask(name: str) -> Any:
        return value

    assert run(sandbox, "return await getDataElementValue('x')", ask=ask) == value


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_as_code_gives_a_value_or_a_failure(sandbox: Sandbox, code: str) -> None:
    with contextlib.suppress(CodeFailure):
        run(sandbox, code)
    assert run(sandbox, "return 1") == 1
