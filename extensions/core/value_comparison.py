"""Condition: compare a data element with a value."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import suppress

from extensions.contract import Compiler, Condition, Delegate, Fixed, Problem, Resolver, Settings
from extensions.core.javascript import to_number
from extensions.core.operators import MAX_PATTERN, OPERATORS, BadPattern, compile_pattern
from extensions.core.texts import has_token, named, shown
from extensions.tokens import whole_token

_NEEDS_RIGHT = [key for key, operator in OPERATORS.items() if operator.right != "none"]
# Kept as text for the others, or "starts with 0049" would look for 49.
_NUMBERS = [key for key, operator in OPERATORS.items() if operator.right in {"any", "number"}]
_HAS_CASE = [key for key, operator in OPERATORS.items() if operator.has_case]

SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "leftOperand": {
            "type": "string",
            "title": "Left Operand",
            "description": "The data element to look at.",
            "ui": {"placeholder": "{{Event Type}}", "single": True},
        },
        "comparison": {
            "type": "object",
            "title": "Comparison",
            "properties": {
                "operator": {
                    "type": "string",
                    "title": "Operator",
                    "enum": list(OPERATORS),
                    "default": "equals",
                    "ui": {
                        "widget": "select",
                        "options": [[key, row.label] for key, row in OPERATORS.items()],
                    },
                },
                "caseInsensitive": {
                    "type": "boolean",
                    "title": "Case insensitive",
                    "ui": {
                        "widget": "checkbox",
                        "show_if": {"field": "comparison.operator", "in": _HAS_CASE},
                    },
                },
            },
            "required": ["operator"],
            "additionalProperties": False,
        },
        "rightOperand": {
            "type": ["string", "number"],
            "title": "Right Operand",
            "description": "Text, a number, or a data element. The word true is compared as text.",
            "ui": {
                "number_if": {"field": "comparison.operator", "in": _NUMBERS},
                "keep_empty": True,
                "show_if": {"field": "comparison.operator", "in": _NEEDS_RIGHT},
            },
        },
    },
    "required": ["leftOperand", "comparison"],
    "additionalProperties": False,
    "ui": {
        "example": {
            "leftOperand": "{{Event Type}}",
            "comparison": {"operator": "equals"},
            "rightOperand": "commerce.purchases",
        }
    },
}


def check(settings: Settings) -> Iterator[Problem]:
    """Find what the operator asks of its operands."""
    if whole_token(settings["leftOperand"]) is None:
        yield Problem("leftOperand", "Please specify a data element.")
    operator = OPERATORS[settings["comparison"]["operator"]]
    right = settings.get("rightOperand", "")
    if operator.right == "text" and right == "":
        yield Problem("rightOperand", "Please specify a value.")
    if operator.right == "number" and not _is_number_or_token(right):
        yield Problem("rightOperand", "Please specify a number or data element.")
    if operator.key.endswith("Regex") and isinstance(right, str) and not has_token(right):
        try:
            compile_pattern(right, False)
        except BadPattern as error:
            yield Problem("rightOperand", str(error))


def _is_number_or_token(value: object) -> bool:
    if isinstance(value, str):
        is_number = bool(value.strip()) and not math.isnan(to_number(value))
        return is_number or whole_token(value) is not None
    return True


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    operator = OPERATORS.get(settings.get("comparison", {}).get("operator", ""))
    left = named(settings.get("leftOperand"))
    if operator is None:
        return left
    if operator.right == "none":
        return f"{left} {operator.phrase}"
    return f"{left} {operator.phrase} {shown(settings.get('rightOperand', ''))}"


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that compares the two resolved operands."""
    comparison = settings["comparison"]
    operator = OPERATORS[comparison["operator"]]
    ignore_case = operator.has_case and comparison.get("caseInsensitive", False)
    left = compiler.value(settings["leftOperand"])
    right: Resolver = Fixed(None)
    if operator.right != "none":
        right = compiler.value(settings.get("rightOperand", ""))
    bind = operator.bind
    if isinstance(right, Fixed):
        with suppress(BadPattern):  # of a data element, which fails at an event as others do
            test = bind(right.value, ignore_case)
            return lambda scope: test(left(scope))
    return lambda scope: bind(right(scope), ignore_case)(left(scope))


VALUE_COMPARISON = Delegate(
    id="core::conditions::value-comparison",
    name="Value Comparison",
    description="Return true if a data element compares with a value as you say.",
    schema=SCHEMA,
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
    failures=(
        "The regular expression cannot be read: …",
        f"The regular expression is longer than {MAX_PATTERN} characters.",
    ),
)
