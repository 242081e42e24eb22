"""Settings for the docs: a delegate's own example, or one made of what its form shows."""

from __future__ import annotations

import json
from typing import Any

from extensions.contract import Delegate, Package, Settings
from rules.forms.fields import SettingField, setting_fields


def example_of(described: Delegate | Package) -> dict[str, Any]:
    """Return settings that the form would take.

    They are the schema's own ``example``, else every required setting with the placeholder, the
    default or the first option of its field.
    """
    own = described.schema.get("ui", {}).get("example")
    if own is not None:
        return dict(own)
    made: dict[str, Any] = {}
    for field in setting_fields(described.schema):
        if field.required or field.ui.get("required"):
            put(made, field.path, _typical(field))
    return made


def put(settings: dict[str, Any], path: str, value: Any) -> None:
    """Set what lies at a dotted path, and the objects on the way."""
    *parents, last = path.split(".")
    for parent in parents:
        settings = settings.setdefault(parent, {})
    settings[last] = value


def as_json(settings: Settings) -> str:
    """Return settings as a block of JSON."""
    return f"```json\n{json.dumps(settings, indent=2, ensure_ascii=False)}\n```"


def _typical(field: SettingField) -> Any:
    if field.ui.get("columns"):
        return [
            {
                column["key"]: 1 if column.get("type") == "number" else column["placeholder"]
                for column in field.ui["columns"]
                if column.get("placeholder") or column.get("type") == "number"
            }
        ]
    if field.schema.get("type") == "boolean":
        return True
    typical = field.ui.get("placeholder") or field.schema.get("default")
    options = field.ui.get("options", ())
    return typical or (options[0][0] if options else "…")
