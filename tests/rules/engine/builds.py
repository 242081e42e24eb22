"""Random builds whose rules look at a few data elements, in groups or alone."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from extensions.core.operators import OPERATORS
from tests.extensions.core.making import json_values
from tests.rules.engine.making import component, condition, constant, element, program, rule, send

TEXTS = ("a", "A", "ß", "ẞ", "5", "05", "1e3", "0x10", "", " ", "true", "Infinity", "NaN", "-0")
NUMBERS = (0, 1, 5, 5.0, 16, 1000, -0.0, 2**53 + 1, 10**400)
ELEMENTS = ("a", "b", "lower", "nothing", "broken", "5")

wanted = st.sampled_from([*TEXTS, *NUMBERS, "{{b}}"])
values = (
    st.sampled_from([*TEXTS, *NUMBERS, True, False, None, float("inf"), float("nan")])
    | st.lists(st.sampled_from(TEXTS), max_size=1)
    | json_values
)
data = st.fixed_dictionaries({}, optional={"a": values, "b": values, "lower": values})
groups = st.sampled_from([None, None, 1, "2"])
kinds = st.sampled_from(["all", "any"])


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """A condition, mostly one that asks for an equal value."""
    if draw(st.integers(0, 19)) == 0:
        return component("condition", "guest::conditions::fail", negate=draw(st.booleans()))
    operator = draw(st.just("equals") | st.just("equals") | st.sampled_from(list(OPERATORS)))
    made = condition(
        f"{{{{{draw(st.sampled_from(ELEMENTS))}}}}}",
        operator,
        draw(wanted if operator in ("equals", "doesNotEqual") else st.just("5")),
        negate=draw(st.sampled_from([False, False, True])),
    )
    if OPERATORS[operator].has_case:
        made["settings"]["comparison"]["caseInsensitive"] = draw(st.booleans())
    return made | {"group": draw(groups)}


@st.composite
def builds(draw: st.DrawFn) -> list[tuple[str, dict[str, Any]]]:
    """The contents of a build."""
    rules = [
        rule(
            *draw(st.lists(conditions(), max_size=4)),
            send(f"{number} {{{{a}}}}"),
            name=f"{number:02}",
            logic=draw(logics),
        )
        for number in range(draw(st.integers(0, 8)))
    ]
    return [
        element("a"),
        element("b", default="a"),
        element("lower", lower=True, clean=True),
        constant("5", 5),
        element("nothing", settings={"path": "data.nothing"}),
        element("broken", "guest::dataElements::fail"),
        *rules,
    ]


logics = st.fixed_dictionaries(
    {"top": kinds, "groups": st.fixed_dictionaries({"1": kinds, "2": kinds})}
)


def built(contents: list[tuple[str, dict[str, Any]]]) -> Any:
    """Compile the contents."""
    return program(*contents)
