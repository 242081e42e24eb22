"""No text that a visitor or an author may write keeps a worker busy for long."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from extensions.contract import ComponentError, Delegate
from extensions.core import source_code
from extensions.core.javascript import loosely_equal, to_number
from extensions.core.operators import OPERATORS
from extensions.core.path import parse
from extensions.meta.fields import BY_KEY
from extensions.meta.lint import remarks
from extensions.meta.user_data import convert
from extensions.meta.values import Context, as_text, keep
from tests.extensions.core.making import ElementCompiler, scope
from tests.extensions.core.test_any_event import CASES
from tests.extensions.long_texts import LENGTH, TEXTS, is_linear
from tests.extensions.meta.making import NOW, sent
from tests.extensions.meta.test_lint import payload

long_texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@long_texts
def test_text_is_long(text: str) -> None:
    assert LENGTH <= len(text) <= LENGTH + 10


@long_texts
def test_number_is_read_in_linear_time(text: str) -> None:
    assert is_linear(to_number, text)
    assert is_linear(to_number, text[:-1])
    assert is_linear(lambda text: loosely_equal(text, 5), text)


@long_texts
@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_operator_takes_linear_time(operator: Any, text: str) -> None:
    assert is_linear(lambda text: operator.test(text, "1", True), text)
    if "Regex" not in operator.key:  # a pattern may have no more than 1024 characters
        assert is_linear(lambda text: operator.test("1", text, True), text)
        assert is_linear(lambda text: operator.test(text, text, True), text)


@pytest.mark.parametrize(("delegate", "settings"), CASES)
def test_delegate_takes_linear_time(delegate: Delegate, settings: Any) -> None:
    for text in TEXTS.values():
        compiled = delegate.compile(settings, ElementCompiler({"Any": text}))
        event = {"a": text, "xdm": {"timestamp": text}, "data": {"a": [text]}}
        request = {"ip": text, "userAgent": text, "cookies": {"a": text}, "headers": {"a": text}}
        at = scope(event, request)

        def run(_text: str, compiled: Any = compiled, at: Any = at) -> None:
            with suppress(ComponentError):
                compiled(at)

        assert is_linear(run, text)


@long_texts
def test_customer_information_is_read_in_linear_time(text: str) -> None:
    for field in BY_KEY.values():
        for context in (Context(), Context("us", "us"), Context("", "de")):
            assert is_linear(lambda text: convert(field, text, context, []), text)  # noqa: B023


@long_texts
def test_payload_and_the_advice_on_it_take_linear_time(text: str) -> None:
    custom = {"content_name": text, "content_ids": [text], "currency": text, "x": {"y": text}}
    written = {
        "customData": custom,
        "eventSourceUrl": "https://a.example/?{{text}}",
        "eventName": "A {{text}}",
    }
    assert is_linear(lambda text: sent(written, {"text": text}), text)
    ready = payload(custom_data=sent(written, {"text": text}).payload["custom_data"])
    assert is_linear(lambda _text: remarks(ready, NOW), text)


def test_marks_that_stand_together_only_when_others_are_left_out_are_few_too() -> None:
    apart = "a" + ("\u0301" * 14 + "\u0327" * 14 + "-") * (LENGTH // 29)
    assert is_linear(lambda text: keep(text, "LM"), apart)


def test_text_with_marks_is_composed_as_ever() -> None:
    name = "Ame\u0301lie " * 100
    assert as_text(name) == ("Am\u00e9lie " * 100).strip()
    few = "o\u0302" + "\u0323" * 29
    assert as_text(few + " " * 400 + ".") == "\u1ed9" + "\u0323" * 28 + " " * 400 + "."


@long_texts
def test_code_and_paths_are_read_in_linear_time(text: str) -> None:
    assert is_linear(lambda text: list(source_code.tokens(text)), text)
    assert is_linear(parse, text)
    assert is_linear(parse, f"arc.event.{text}")
    assert is_linear(parse, f"arc.event{text}")
