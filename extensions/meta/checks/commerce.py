"""Custom data and products."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import JSON, Problem, Settings
from extensions.meta import contents, custom_data
from extensions.meta import vocabulary as meta
from extensions.meta.checks.reading import is_given, text
from extensions.meta.inputs import is_empty, setting
from extensions.tokens import whole_token

_ROWS = f"{contents.SECTION}.items"
_LIST = f"{contents.SECTION}.list"
_PURCHASE_NEEDS = 'A Purchase needs the "currency" and "value" keys.'


def _custom_data(settings: Settings) -> Iterator[Problem]:
    template = settings.get("customData")
    needs = _PURCHASE_NEEDS if text(settings, "eventName") == meta.PURCHASE else ""
    if whole_token(template):
        return
    data = _object(template)
    fault = "" if is_empty(template) else custom_data.fault_of(template)
    if fault:
        yield Problem("customData", f"{fault} {needs}".rstrip())
    elif needs and any(is_empty(data.get(key)) for key in ("currency", "value")):
        yield Problem("customData", f"Please enter a valid JSON payload. {needs}")
    elif "contents" in data and (is_given(settings, _ROWS) or is_given(settings, _LIST)):
        yield Problem(
            _ROWS if is_given(settings, _ROWS) else _LIST,
            "The products are given twice: here, and as contents in the custom data.",
        )


def _products(settings: Settings) -> Iterator[Problem]:
    if is_given(settings, _ROWS) and is_given(settings, _LIST):
        yield Problem(_LIST, "Please give the products either in rows or as a list, not both.")
    rows = setting(settings, _ROWS)
    incomplete = [
        number
        for number, row in enumerate(rows if isinstance(rows, list) else (), 1)
        if any(is_empty(row.get(key)) for key in ("id", "quantity"))
    ]
    if incomplete:
        numbers = ", ".join(map(str, incomplete))
        yield Problem(_ROWS, f"Each product needs an id and a quantity. Look at row {numbers}.")
    products = setting(settings, _LIST)
    if not is_empty(products) and not whole_token(products):
        yield Problem(_LIST, "Please choose one data element that gives the list.")


def _object(template: JSON) -> dict[str, JSON]:
    data = custom_data.parse_text(template) if isinstance(template, str) else template
    return data if isinstance(data, dict) else {}


CHECKS = (_custom_data, _products)
