"""Custom data and products."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import JSON, Notice, Problem, Settings
from extensions.meta import contents, custom_data
from extensions.meta import vocabulary as meta
from extensions.meta.checks.reading import has_token, is_given, said_of_a_setting, text
from extensions.meta.inputs import is_empty, setting
from extensions.meta.refusals import Refusal
from extensions.tokens import whole_token

_CUSTOM_DATA = "customData"
_ROWS = f"{contents.SECTION}.items"
_LIST = f"{contents.SECTION}.list"

_PURCHASE_NEEDS = (
    ("value", "A Purchase needs a value. 0 is a value too."),
    ("currency", "A Purchase needs a currency, such as EUR."),
)
_CONTENT_TYPES = frozenset(
    {
        "product",
        "product_group",
        *("destination", "flight", "hotel"),  # of catalogues of travel
        *("home_listing", "vehicle"),  # of homes and cars
    }
)
_UNKNOWN_TYPE = "For a catalogue of products, Meta knows product and product_group only."
# Numbers written as text are sent as the numbers they are: nothing is lost.
_HARMLESS = frozenset({"number_from_text"})
_TITLES = {member.key: member.label.lower() for member in contents.MEMBERS}
_COMPLETE: dict[str, JSON] = {"id": "1", "quantity": 1}


def _object(settings: Settings) -> Iterator[Problem]:
    template = settings.get(_CUSTOM_DATA)
    if is_empty(template) or whole_token(template):
        return
    if fault := custom_data.fault_of(template):
        yield Problem(_CUSTOM_DATA, fault)


def _purchase(settings: Settings) -> Iterator[Problem]:
    data = _data(settings)
    if data is None or text(settings, "eventName") != meta.PURCHASE:
        return
    for key, words in _PURCHASE_NEEDS:
        if _is_blank(data.get(key)):
            yield Problem(f"{_CUSTOM_DATA}.{key}", words)


def _values(settings: Settings) -> Iterator[Problem]:
    for key, value in (_data(settings) or {}).items():
        if not _is_blank(value) and not has_token(value):
            yield from _about_value(key, value)


def _about_value(key: str, value: JSON) -> Iterator[Problem]:
    path = f"{_CUSTOM_DATA}.{key}"
    try:
        made, notices = _built(key, value)
    except Refusal as refusal:
        yield Problem(path, refusal.message)
        return
    for notice in notices:
        words = said_of_a_setting(notice.message)
        yield Problem(path, words, "warning" if key in made else "error")
    if key == "content_type" and key in made and made[key] not in _CONTENT_TYPES:
        yield Problem(path, _UNKNOWN_TYPE, "warning")


def _twice(settings: Settings) -> Iterator[Problem]:
    if "contents" not in (_data(settings) or {}):
        return
    given = [path for path in (_ROWS, _LIST) if is_given(settings, path)]
    for path in given[:1]:
        words = "The products are given twice: here, and as contents in the custom data."
        yield Problem(path, words)


def _products(settings: Settings) -> Iterator[Problem]:
    if is_given(settings, _ROWS) and is_given(settings, _LIST):
        yield Problem(_LIST, "Please give the products either in rows or as a list, not both.")
    products = setting(settings, _LIST)
    if not is_empty(products) and not whole_token(products):
        yield Problem(_LIST, "Please choose one data element that gives the list.")


def _rows(settings: Settings) -> Iterator[Problem]:
    rows = setting(settings, _ROWS)
    rows = rows if isinstance(rows, list) else []
    incomplete = [
        number
        for number, row in enumerate(rows, 1)
        if any(_is_blank(row.get(key)) for key in _COMPLETE)
    ]
    if incomplete:
        numbers = ", ".join(map(str, incomplete))
        yield Problem(_ROWS, f"Each product needs an id and a quantity. Look at row {numbers}.")
    for number, row in enumerate(rows, 1):
        for key, cell in row.items():
            yield from _about_cell(number, key, cell)


def _about_cell(number: int, key: str, cell: JSON) -> Iterator[Problem]:
    if _is_blank(cell) or has_token(cell):
        return
    _, notices = _built("contents", [_COMPLETE | {key: cell}], key)
    for notice in notices:
        words = said_of_a_setting(notice.message)
        yield Problem(_ROWS, f"Row {number}, {_TITLES[key]}: {words}")


def _data(settings: Settings) -> dict[str, JSON] | None:
    """Return the custom data as it was written; None where nothing is known of its keys."""
    template = settings.get(_CUSTOM_DATA)
    if is_empty(template):
        return {}
    if whole_token(template) or custom_data.fault_of(template):
        return None
    return custom_data.parse_text(template) if isinstance(template, str) else template


def _built(key: str, value: JSON, member: str = "") -> tuple[dict[str, JSON], list[Notice]]:
    """Return what would be sent of one key alone, and what there is to say about it.

    Raises:
        Refusal: no event could be sent with it.
    """
    notices: list[Notice] = []
    made = custom_data.build({key: value}, "", notices)
    path = ".".join(filter(None, ("custom_data", key, member)))
    about = [
        notice
        for notice in notices
        if f"{notice.field}.".startswith(f"{path}.") and notice.code not in _HARMLESS
    ]
    return made, about


def _is_blank(value: JSON) -> bool:
    return is_empty(value) or (isinstance(value, str) and not value.strip())


CHECKS = (_object, _purchase, _values, _twice, _products, _rows)
