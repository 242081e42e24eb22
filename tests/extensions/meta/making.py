"""What the tests of the Meta package are written with: a compiler, scopes and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extensions.contract import JSON, Fixed, Notice, Refused, Resolver, Scope, Send
from extensions.meta.package import SEND_EVENT
from extensions.tokens import TOKEN, names_in, whole_token

NOW = 1_760_000_000  # 2025-10-09T08:53:20Z
EVENT_ID = "0" * 31 + "1"
PIXEL = "1234567890123456"
TOKEN_VALUE = "[[SE0123]]"

CONFIGURATION: Mapping[str, JSON] = {"pixelId": PIXEL, "accessToken": TOKEN_VALUE}
SETTINGS: Mapping[str, JSON] = {
    "actionSource": "website",
    "eventName": "PageView",
    "eventSourceUrl": "https://shop.example/",
    "eventId": "e-1",
    "email": "{{email}}",
}


@dataclass(frozen=True)
class LiteralCompiler:
    """Resolves ``{{name}}`` to that member of the event's data."""

    settings: Mapping[str, JSON] = field(default_factory=lambda: CONFIGURATION)
    stage: str = "development"

    def value(self, template: JSON) -> Resolver:
        if next(names_in(template), None) is None:
            return Fixed(template)
        return lambda scope: _filled(template, scope.event.get("data") or {})

    def configuration(self) -> Mapping[str, JSON]:
        return self.settings


def _filled(template: JSON, data: Mapping[str, JSON]) -> JSON:
    name = whole_token(template)
    if name is not None:
        return data.get(name)
    if isinstance(template, str):
        return TOKEN.sub(lambda match: str(data.get(match[1], "")), template)
    if isinstance(template, dict):
        return {key: _filled(value, data) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(value, data) for value in template]
    return template


def scope(data: Mapping[str, JSON] | None = None, **changes: Any) -> Scope:
    """Return a scope whose event holds `data`, received and judged now."""
    parts: dict[str, Any] = {
        "event": {"xdm": {}, "data": {"email": "mary@shop.example", **(data or {})}},
        "request": {},
        "event_id": EVENT_ID,
        "received_at": NOW,
        "now": NOW,
    }
    return Scope(**(parts | changes))


def run(
    settings: Mapping[str, JSON] | None = None,
    data: Mapping[str, JSON] | None = None,
    configuration: Mapping[str, JSON] | None = None,
    **changes: Any,
) -> Send | Refused:
    """Compile the action with `settings` over the usual ones, and run it on one event."""
    compiler = LiteralCompiler({**CONFIGURATION, **(configuration or {})})
    action = SEND_EVENT.compile({**SETTINGS, **(settings or {})}, compiler)
    result: Send | Refused = action(scope(data, **changes))
    return result


def sent(*arguments: Any, **changes: Any) -> Send:
    """Run as `run` does, and expect a payload."""
    result = run(*arguments, **changes)
    assert isinstance(result, Send), result
    return result


def refused(*arguments: Any, **changes: Any) -> Refused:
    """Run as `run` does, and expect a refusal."""
    result = run(*arguments, **changes)
    assert isinstance(result, Refused), result
    return result


def codes(notices: tuple[Notice, ...] | list[Notice]) -> list[str]:
    """Return the codes of notices, in order."""
    return [notice.code for notice in notices]
