"""Presets: what they are made of, and the payloads that events of the known shapes give."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from extensions.contract import JSON, Preset, Refused, Resolver, Scope, Send
from extensions.core.path import PATH
from extensions.meta import vocabulary as meta
from extensions.meta.hashing import sha256
from extensions.meta.package import SEND_EVENT
from extensions.meta.presets import PRESETS
from extensions.tokens import names_in
from extensions.validation import problems_in
from meta_sandbox.judge import Terms, judge
from meta_sandbox.wire import Request
from rules.engine.templates import compile_template
from tests.extensions.meta.making import CONFIGURATION, EVENT_ID, NOW, PIXEL

GOLDEN = Path(__file__).with_name("golden") / "presets"
FILES = sorted(GOLDEN.glob("*.json"))

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


# --- Payloads ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class PresetCompiler:
    """Resolves tokens by the data elements of a preset, as the engine does."""

    preset: Preset
    stage: str = "development"

    def value(self, template: JSON) -> Resolver:
        return compile_template(template, self._element)

    def configuration(self) -> Mapping[str, JSON]:
        return CONFIGURATION

    def _element(self, name: str) -> Resolver:
        resolver: Resolver = PATH.compile(self.preset.elements[name]["settings"], self)
        return resolver


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One event of a known shape, what the form held, and the payload that was reviewed."""
    found: dict[str, Any] = json.loads(request.param.read_text("utf-8"))
    return found


def preset_of(golden: dict[str, Any]) -> Preset:
    """Return the preset that the file is about."""
    (preset,) = (preset for preset in PRESETS if preset.id == golden["preset"])
    return preset


def settings_of(golden: dict[str, Any]) -> dict[str, JSON]:
    """Return the settings after one click: the preset's, under what the form held."""
    return {**preset_of(golden).fill(golden["form"]), **golden["form"]}


def made(golden: dict[str, Any], event: Mapping[str, JSON] | None = None) -> Send | Refused:
    """Make the payload of the file, or of another event by the same settings."""
    action = SEND_EVENT.compile(settings_of(golden), PresetCompiler(preset_of(golden)))
    result: Send | Refused = action(
        Scope(event or golden["event"], golden["request"], EVENT_ID, NOW, NOW)
    )
    return result


def test_there_is_a_payload_for_every_preset() -> None:
    named = {json.loads(path.read_text("utf-8"))["preset"] for path in FILES}
    assert named == {preset.id for preset in PRESETS}


def test_the_payload_is_the_one_that_was_reviewed(golden: dict[str, Any]) -> None:
    send = made(golden)
    assert isinstance(send, Send), send

    assert {
        "payload": send.payload,
        "notices": [[notice.code, notice.field] for notice in send.notices],
    } == golden["expected"]


def test_the_reviewed_hashes_are_those_of_the_normalised_values(golden: dict[str, Any]) -> None:
    user_data = golden["expected"]["payload"]["user_data"]
    hashed = {key: values for key, values in user_data.items() if isinstance(values, list)}

    assert hashed == {
        key: [sha256(value) for value in values] for key, values in golden["normalised"].items()
    }


def test_what_is_filled_passes_the_checks_of_the_form(golden: dict[str, Any]) -> None:
    assert problems_in(SEND_EVENT, settings_of(golden)) == []


def test_the_sandbox_takes_the_payload(golden: dict[str, Any]) -> None:
    body = json.dumps({"data": [golden["expected"]["payload"]]}).encode()
    headers = {"authorization": "Bearer demo-token", "content-type": "application/json"}
    verdict = judge(Request("POST", "/", {}, headers, body), PIXEL, NOW, Terms())

    assert verdict.error is None, verdict.reason


@presets
def test_an_event_of_another_shape_raises_nothing(preset: Preset) -> None:
    for name in ("Purchase", "ViewContent", "Search", "Lead"):
        form = {"eventName": name, "eventSourceUrl": "https://shop.example/"}
        filled = {**preset.fill(form), **form}
        action = SEND_EVENT.compile(filled, PresetCompiler(preset))

        for event in ({}, {"data": "text", "xdm": [1]}, {"data": {"context": 5}}):
            assert isinstance(action(Scope(event, {}, EVENT_ID, NOW, NOW)), Send | Refused)


def test_an_event_without_consent_is_refused_by_the_gate_that_segment_fills() -> None:
    golden = json.loads((GOLDEN / "segment_product_added.json").read_text("utf-8"))
    golden["event"]["data"]["context"]["consent"]["categoryPreferences"]["Advertising"] = False

    refused = made(golden)

    assert isinstance(refused, Refused)
    assert refused.code == "consent_denied"
