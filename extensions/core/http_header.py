"""Data element: a header of the visitor's request."""

from __future__ import annotations

from extensions.contract import Compiler, Delegate, Resolver, Settings
from extensions.core.texts import shown
from extensions.core.visitor import header, header_needs, header_problems


def compile_element(settings: Settings, _compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the header, whatever the case of its name."""
    name = _name(settings).lower()
    return lambda scope: header(scope.request, name)


def _name(settings: Settings) -> str:
    return str(settings["name"]).strip()


HTTP_HEADER = Delegate(
    id="core::dataElements::http-header",
    name="HTTP Header",
    description="A header of the visitor. Events that come in after the next build keep it.",
    schema={
        "type": "object",
        "properties": {
            "name": {
                "type": "string",
                "pattern": r"^\s*[!#$%&'*+.^_`|~0-9A-Za-z-]+\s*$",
                "title": "Header Name",
                "description": "Upper and lower case are the same.",
                "ui": {
                    "widget": "combo",
                    "picker": False,
                    "options": [["User-Agent", "User-Agent"], ["Referer", "Referer"]],
                    "placeholder": "Referer",
                    "error": "Please specify the name of a header.",
                },
            }
        },
        "required": ["name"],
        "additionalProperties": False,
    },
    summarise=lambda settings: f"header {shown(settings.get('name'))}",
    compile=compile_element,
    check=lambda settings: tuple(header_problems(_name(settings), "name")),
    needs=lambda settings: header_needs(_name(settings)),
)
