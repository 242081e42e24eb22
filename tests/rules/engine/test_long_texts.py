"""An event may hold the longest text there is: a build is through with it in little time."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.core.operators import OPERATORS
from rules.engine import Program
from tests.extensions.long_texts import TEXTS, is_linear
from tests.rules.engine.making import condition, element, evaluate, explained, program, rule, send

LEFT, RIGHT = "{{long}}", "{{also long}}"


@pytest.fixture(scope="module")
def built() -> Program:
    """Each operator, with the long text at either side, or at both."""
    sides: list[tuple[str, Any]] = [(LEFT, "5"), ("{{five}}", RIGHT), (LEFT, RIGHT)]
    return program(
        element("long"),
        element("also long", clean=True, lower=True),
        element("five"),
        *(
            rule(condition(left, key, right), send(f"x {LEFT}"), name=f"{key} {left} {right}")
            for key in OPERATORS
            for left, right in sides
        ),
        *(rule(condition(LEFT, "equals", number), send(), name=f"{number}") for number in range(9)),
    )


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_long_text_is_evaluated_and_explained_in_linear_time(built: Program, text: str) -> None:
    data = {"long": text, "also long": f"{text}.", "five": 5}
    assert is_linear(lambda _text: evaluate(built, data), text)
    assert is_linear(lambda _text: explained(built, data), text)
