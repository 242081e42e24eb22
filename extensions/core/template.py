"""Data element: text put together from data elements."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import (
    Compiler,
    ComponentError,
    Delegate,
    Problem,
    Resolver,
    Scope,
    Settings,
)
from extensions.core.texts import as_text, has_token, shown
from extensions.tokens import TOKEN

MAX_LENGTH = 65_536  # characters, which is as long as an event may be
_EMPTY, _NOTHING = "empty", "nothing"


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives text, whatever the types of the data elements."""
    text = settings["text"]
    # split() with one group gives text, name, text, name, …, text
    first, *rest = TOKEN.split(text)
    parts = [
        (compiler.value(f"{{{{{name}}}}}"), after)
        for name, after in zip(rest[::2], rest[1::2], strict=True)
    ]
    needs_all = settings.get("whenMissing") == _NOTHING

    def resolve(scope: Scope) -> str | None:
        joined = [first]
        for value, after in parts:
            part = as_text(value(scope))
            if part is None:
                if needs_all:
                    return None
                part = ""
            joined += (part, after)
        return _bounded("".join(joined))

    return resolve


def _bounded(text: str) -> str:
    # Templates of templates could double a text as often as there are some.
    if len(text) > MAX_LENGTH:
        raise ComponentError(f"The text is longer than {MAX_LENGTH} characters.")
    return text


def check(settings: Settings) -> Iterator[Problem]:
    """Find a template that is none."""
    if not has_token(settings["text"]):
        yield Problem("text", "There is no data element in this text.", "warning")


TEMPLATE = Delegate(
    id="core::dataElements::template",
    name="Template",
    description=(
        "Text with data elements in it. Numbers and booleans become text; "
        "a list or an object counts as missing."
    ),
    schema={
        "type": "object",
        "properties": {
            "text": {
                "type": "string",
                "minLength": 1,
                "title": "Text",
                "ui": {
                    "widget": "textarea",
                    "placeholder": "https://shop.example/{{Country}}/{{SKU}}",
                    "error": "Please specify a text.",
                },
            },
            "whenMissing": {
                "type": "string",
                "title": "If a value is missing",
                "enum": [_EMPTY, _NOTHING],
                "default": _EMPTY,
                "ui": {
                    "widget": "select",
                    "options": [
                        [_EMPTY, "Leave its place empty"],
                        [_NOTHING, "Give no value at all"],
                    ],
                },
            },
        },
        "required": ["text"],
        "additionalProperties": False,
    },
    summarise=lambda settings: shown(settings.get("text")),
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
    failures=(f"The text is longer than {MAX_LENGTH} characters.",),
)
