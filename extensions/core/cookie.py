"""Data element: a cookie of the visitor."""

from __future__ import annotations

from urllib.parse import unquote

from extensions import needs
from extensions.contract import Compiler, Delegate, Resolver, Scope, Settings
from extensions.core.texts import shown, storable
from extensions.core.visitor import cookie


def compile_element(settings: Settings, _compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the cookie's text."""
    name, decode = settings["name"], settings.get("decode", False)

    def resolve(scope: Scope) -> str | None:
        value = cookie(scope.request, name)
        if not isinstance(value, str):
            return None
        return storable(unquote(value)) if decode else value

    return resolve


COOKIE = Delegate(
    id="core::dataElements::cookie",
    name="Cookie",
    description="A cookie of the visitor. Events that come in after the next build keep it.",
    schema={
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "title": "Cookie Name",
                "description": "Upper and lower case matter.",
                "ui": {
                    "picker": False,
                    "placeholder": "_fbp",
                    "error": "Please specify the name of a cookie.",
                },
            },
            "decode": {
                "type": "boolean",
                "title": "Decode",
                "description": "Turns %20 into a space, and so on.",
                "ui": {"widget": "checkbox"},
            },
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    summarise=lambda settings: f"cookie {shown(settings.get('name'))}",
    compile=compile_element,
    needs=lambda settings: (needs.cookie(settings["name"]),),
)
