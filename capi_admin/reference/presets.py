"""The presets of a delegate: what each is for, and what it fills."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from capi_admin.reference.markdown import code, table
from extensions.contract import Delegate, Preset, Settings
from rules.forms.fields import setting_fields


def presets(delegate: Delegate) -> Iterator[str]:
    """Yield the table of a delegate's presets, if it has any."""
    if not delegate.presets:
        return
    yield "## Presets"
    rows = (_preset(preset, delegate.schema) for preset in delegate.presets)
    yield table(("Preset", "For", "Fills", "Data elements"), rows)


def _preset(preset: Preset, schema: Settings) -> Sequence[str]:
    name = f"[{preset.name}]({preset.docs_url})" if preset.docs_url else preset.name
    fills = ", ".join(map(code, _filled(preset, schema)))
    return (name, preset.description, fills, ", ".join(preset.elements))


def _filled(preset: Preset, schema: Settings) -> list[str]:
    """Return the settings that the preset fills, for any choice the form may hold."""
    fields = setting_fields(schema)
    choices: list[Settings] = [
        {field.path: value} for field in fields for value, _ in field.ui.get("options", ())
    ]
    filled = {path for form in [{}, *choices] for path in _paths(preset.fill(form))}
    in_order = [field.path for field in fields if field.path in filled]
    return in_order + sorted(filled.difference(in_order))


def _paths(settings: Settings, prefix: str = "") -> Iterator[str]:
    """Yield the settings by their dotted paths; an object as the paths inside it."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"
