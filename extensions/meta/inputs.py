"""Settings as compiled inputs: found by their dotted path, with blank text as no value."""

from __future__ import annotations

from collections.abc import Mapping

from extensions.contract import JSON, Compiler, Resolver, Scope, Settings


def setting(settings: Settings, path: str) -> JSON:
    """Return the setting at a dotted path; None where there is none."""
    value: JSON = settings
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def is_empty(template: JSON) -> bool:
    """Whether the setting was left empty. 0 and false are settings."""
    return template is None or template in ("", [], {})


def compile_input(settings: Settings, path: str, compiler: Compiler) -> Resolver | None:
    """Return what gives the value on an event, None where the setting was left empty."""
    template = setting(settings, path)
    if is_empty(template):
        return None
    resolve = compiler.value(template)

    def given(scope: Scope) -> JSON:
        value = resolve(scope)
        return None if isinstance(value, str) and not value.strip() else value

    return given


def is_automatic(settings: Settings, name: str) -> bool:
    """Whether the parameter may be filled by itself, as all are until somebody says no."""
    return setting(settings, f"automatic.{name}") is not False
