"""Presets: what they are made of, and the payloads that events of the known shapes give."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from extensions.contract import JSON, Preset
from extensions.core.path import PATH
from extensions.meta import vocabulary as meta
from extensions.meta.presets import PRESETS
from extensions.tokens import names_in

presets = pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.id)


def fillings(preset: Preset) -> Iterator[dict[str, JSON]]:
    """Yield what the preset fills for every name that a form may hold."""
    for name in (None, "", "My own", ["Purchase"], *meta.STANDARD_EVENTS):
        yield dict(preset.fill({"eventName": name}))


@presets
def test_every_path_can_be_read(preset: Preset) -> None:
    for name, element in preset.elements.items():
        assert element["delegate"] == PATH.id
        assert list(PATH.check(element["settings"])) == [], name


@presets
def test_what_is_filled_names_the_elements_of_the_preset_and_all_of_them(preset: Preset) -> None:
    used = {name for filled in fillings(preset) for name in names_in(filled)}

    assert used == set(preset.elements)


def test_names_and_paths_are_distinct() -> None:
    names = Counter(name for preset in PRESETS for name in preset.elements)
    ids = Counter(preset.id for preset in PRESETS)

    assert (names | ids).most_common(1)[0][1] == 1
    for preset in PRESETS:
        paths = Counter(element["settings"]["path"] for element in preset.elements.values())
        assert max(paths.values()) == 1


@presets
def test_the_name_of_the_event_is_left_to_the_person(preset: Preset) -> None:
    assert all("eventName" not in filled for filled in fillings(preset))


@presets
def test_without_a_known_name_only_what_every_event_has_is_filled(preset: Preset) -> None:
    general = preset.fill({})

    assert "customData" not in general
    assert "contents" not in general
    assert preset.fill({"eventName": "My own"}) == general
    for filled in fillings(preset):
        assert general.items() <= filled.items()


@presets
def test_a_purchase_gets_what_meta_requires(preset: Preset) -> None:
    filled = preset.fill({"eventName": meta.PURCHASE})

    assert {"value", "currency", "order_id", "content_type"} == set(filled["customData"])
    assert filled["contents"]["sendIds"] is True


@presets
def test_filling_changes_nothing_of_what_the_form_holds(preset: Preset) -> None:
    form = {"eventName": "Purchase", "email": "{{mine}}"}

    preset.fill(form)

    assert form == {"eventName": "Purchase", "email": "{{mine}}"}
