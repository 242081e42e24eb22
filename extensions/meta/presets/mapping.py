"""How a preset is put together: data elements by their paths, and settings by the event's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from extensions.contract import JSON, Settings

_PATH = "core::dataElements::path"


def elements(paths: Mapping[str, str]) -> dict[str, Settings]:
    """Return the data elements that read these paths, by their names."""
    return {name: {"delegate": _PATH, "settings": {"path": path}} for name, path in paths.items()}


def by_event(
    general: Settings, of_event: Mapping[str, Settings]
) -> Callable[[Settings], dict[str, JSON]]:
    """Return the `fill` of a preset: the general settings, and those of the event in the form.

    A name that is not chosen yet, or is none of these, gets the general settings alone.
    """

    def fill(settings: Settings) -> dict[str, JSON]:
        name = settings.get("eventName")
        return {**general, **(of_event.get(name, {}) if isinstance(name, str) else {})}

    return fill
