"""Data element: the visitor's browser, as it names itself."""

from __future__ import annotations

from extensions.contract import Compiler, Delegate, Resolver, Scope, Settings
from extensions.core.path import reader
from extensions.core.visitor import header

_in_event = reader(("xdm", "environment", "browserDetails", "userAgent"))


def _resolve(scope: Scope) -> str | None:
    # The event goes first: a server's request comes with the server's own.
    for value in (_in_event(scope.event), header(scope.request, "user-agent")):
        if isinstance(value, str) and value:
            return value
    return None


def compile_element(_settings: Settings, _compiler: Compiler) -> Resolver:
    """Return a callable that gives the browser's name for itself."""
    return _resolve


USER_AGENT = Delegate(
    id="core::dataElements::user-agent",
    name="User Agent",
    description=(
        "The visitor's browser as it names itself: xdm.environment.browserDetails.userAgent of "
        "the event, else that of the request."
    ),
    schema={"type": "object", "properties": {}, "additionalProperties": False},
    summarise=lambda _settings: "the visitor's browser",
    compile=compile_element,
)
