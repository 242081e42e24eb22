"""The body of a call: text as it is written, or JSON."""

from __future__ import annotations

from collections.abc import Callable

import orjson

from extensions.cloud_connector.pieces import Pieces, compile_json, compile_text, own
from extensions.contract import JSON, Compiler, ComponentError, Scope, Settings
from extensions.tokens import whole_token

RAW, AS_JSON = "raw", "json"
WITHOUT_BODY = frozenset({"GET"})
JSON_TYPE = "application/json"
NOT_JSON = "The value of the body is text, and not JSON."

Body = Callable[[Scope], Pieces]


class BadJSON(ValueError):
    """The text is not JSON. The message says where."""


def is_json(settings: Settings) -> bool:
    """Whether the call has a body, and that is JSON."""
    has_body = settings.get("method", "GET") not in WITHOUT_BODY
    return has_body and settings.get("bodyType", RAW) == AS_JSON


def template_of(written: JSON) -> JSON:
    """Return what the field of a JSON body holds: itself, or what its text spells.

    Raises:
        BadJSON: the text is neither JSON nor one data element.
    """
    if not isinstance(written, str) or whole_token(written) is not None:
        return written
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise BadJSON(
            f"This is not valid JSON: see {where}. A data element stands in quotes, as in "
            '"{{Name}}"; its value keeps its type.'
        ) from None


def compile_body(settings: Settings, compiler: Compiler) -> Body:
    """Compile the body; empty where the call has none.

    What is returned raises `ComponentError` where it cannot be made.
    """
    if settings.get("method", "GET") in WITHOUT_BODY:
        return lambda _scope: ()
    if not is_json(settings):
        text = compile_text(settings.get("body", ""), compiler)
        return lambda scope: text(scope) or ()
    if "bodyJson" not in settings:
        return lambda _scope: ()
    template = template_of(settings["bodyJson"])
    if isinstance(template, str) and whole_token(template) is not None:
        return _given(template, compiler)
    return compile_json(template, compiler)


def _given(template: str, compiler: Compiler) -> Body:
    """Return what takes the whole body from a data element: a value, or text that is JSON."""
    value, written = compiler.value(template), compile_json(template, compiler)

    def body(scope: Scope) -> Pieces:
        found = value(scope)
        if type(found) is not str:
            return written(scope)
        try:
            orjson.loads(found)
        except orjson.JSONDecodeError:
            raise ComponentError(NOT_JSON) from None
        return (own(found),)

    return body
