"""Value Comparison: its form's questions, its words, and its two operands."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.core.operators import OPERATORS
from extensions.core.value_comparison import VALUE_COMPARISON
from extensions.validation import problems_in
from tests.extensions.core.making import ElementCompiler, scope

ELEMENTS = {"Event Type": "Purchase", "Total": 10, "Limit": "9", "Nothing": None, "Pattern": "^P"}


def comparison(operator: str, left: str = "{{Event Type}}", **changes: Any) -> dict[str, Any]:
    """Return settings with a right operand only where one is given."""
    case = {"caseInsensitive": True} if changes.pop("ignore_case", False) else {}
    return {"leftOperand": left, "comparison": {"operator": operator} | case, **changes}


def told(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Return field and message of each problem."""
    return [(problem.field, problem.message) for problem in problems_in(VALUE_COMPARISON, settings)]


def met(settings: dict[str, Any]) -> bool:
    """Compile the condition and test it on an event."""
    test = VALUE_COMPARISON.compile(settings, ElementCompiler(ELEMENTS))
    return test(scope())


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (comparison("equals", rightOperand="Purchase"), True),
        (comparison("equals", rightOperand="purchase"), False),
        (comparison("equals", rightOperand="purchase", ignore_case=True), True),
        (comparison("contains", rightOperand="CHA", ignore_case=True), True),
        (comparison("equals", left="{{Total}}", rightOperand=10), True),
        (comparison("equals", left="{{Total}}", rightOperand="10"), True),
        (comparison("greaterThan", left="{{Total}}", rightOperand="{{Limit}}"), True),
        (comparison("lessThan", left="{{Total}}", rightOperand="{{Limit}}"), False),
        (comparison("matchesRegex", rightOperand="{{Pattern}}"), True),
        (comparison("isTruthy", left="{{Nothing}}"), False),
        (comparison("isFalsy", left="{{Nothing}}"), True),
        (comparison("equals", left="{{Nothing}}", rightOperand=""), False),
        (comparison("equals", left="{{Nothing}}", rightOperand="{{Nothing}}"), True),
        (comparison("equals", left="{{Nothing}}"), False),
    ],
)
def test_condition_compares_its_resolved_operands(settings: dict[str, Any], expected: bool) -> None:
    assert met(settings) is expected


def test_case_is_not_ignored_where_it_was_never_offered() -> None:
    assert met(comparison("isTrue", ignore_case=True)) is False


@pytest.mark.parametrize("key", OPERATORS)
def test_every_operator_runs_as_a_condition(key: str) -> None:
    assert met(comparison(key, left="{{Total}}", rightOperand="5")) in (True, False)


@pytest.mark.parametrize("left", ["", "Event Type", "{{A}}{{B}}", "x {{A}}", "{{}}", "{A}"])
def test_left_operand_is_one_data_element(left: str) -> None:
    settings = comparison("isTrue", left=left)
    assert told(settings) == [("leftOperand", "Please specify a data element.")]


@pytest.mark.parametrize("left", ["{{Event Type}}", " {{Event Type}} ", "{{ Event Type }}"])
def test_one_data_element_will_do_with_blanks_around(left: str) -> None:
    assert told(comparison("isTrue", left=left)) == []


@pytest.mark.parametrize(
    "key", [key for key, operator in OPERATORS.items() if operator.right == "text"]
)
@pytest.mark.parametrize("right", [{}, {"rightOperand": ""}])
def test_text_operator_asks_for_a_value(key: str, right: dict[str, str]) -> None:
    assert told(comparison(key, **right)) == [("rightOperand", "Please specify a value.")]


@pytest.mark.parametrize("key", ["equals", "doesNotEqual"])
def test_equality_may_compare_with_empty_text(key: str) -> None:
    assert told(comparison(key, rightOperand="")) == []


@pytest.mark.parametrize(
    "key", [key for key, operator in OPERATORS.items() if operator.right == "number"]
)
@pytest.mark.parametrize("right", ["", " ", "abc", "5 {{A}}", "{{A}}{{B}}"])
def test_ordering_operator_asks_for_a_number_or_data_element(key: str, right: str) -> None:
    assert told(comparison(key, rightOperand=right)) == [
        ("rightOperand", "Please specify a number or data element.")
    ]


@pytest.mark.parametrize("right", [5, 0, -1.5, "5", "1e3", "{{Total}}"])
def test_ordering_operator_takes_a_number_or_data_element(right: Any) -> None:
    assert told(comparison("lessThan", rightOperand=right)) == []


@pytest.mark.parametrize("key", ["matchesRegex", "doesNotMatchRegex"])
@pytest.mark.parametrize("pattern", ["(", "(?=a)", "a" * 1025])
def test_form_refuses_a_bad_pattern(key: str, pattern: str) -> None:
    [(field, message)] = told(comparison(key, rightOperand=pattern))
    assert field == "rightOperand"
    assert message.startswith("The regular expression ")


def test_pattern_with_a_data_element_is_judged_when_it_is_known() -> None:
    assert told(comparison("matchesRegex", rightOperand="({{Pattern}}")) == []


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"comparison": {"operator": "equals"}}, "leftOperand"),
        ({"leftOperand": "{{A}}"}, "comparison"),
        ({"leftOperand": "{{A}}", "comparison": {}}, "comparison.operator"),
        (comparison("equal"), "comparison.operator"),
        (comparison("equals", rightOperand=True), "rightOperand"),
        (comparison("equals", rightOperand=["a"]), "rightOperand"),
        (comparison("equals", left=5), "leftOperand"),  # type: ignore[arg-type]
        (comparison("equals", wrong="x"), ""),
    ],
)
def test_settings_of_another_shape_are_refused_at_their_field(
    settings: dict[str, Any], field: str
) -> None:
    assert [at for at, _ in told(settings)] == [field]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (comparison("equals", rightOperand="Purchase"), "Event Type equals “Purchase”"),
        (comparison("equals", rightOperand=""), "Event Type equals “”"),
        (comparison("lessThan", rightOperand=5), "Event Type is less than “5”"),
        (comparison("greaterThan", rightOperand="{{Limit}}"), "Event Type is greater than Limit"),
        (comparison("isTrue", rightOperand=""), "Event Type is true"),
        ({"leftOperand": "{{Total}}"}, "Total"),
        ({}, "…"),
    ],
)
def test_condition_reads_itself_aloud(settings: dict[str, Any], words: str) -> None:
    assert VALUE_COMPARISON.summarise(settings) == words
