"""Presets in the component editor: preview and fill, with htmx and without JavaScript."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

import vault
from accounts.models import Grant, Right, User
from rules import drafting
from rules.models import DataElement, Property, RuleDraft
from tests.conftest import give
from tests.rules.making import again, constant, element
from tests.rules.presets import ACTION_ID, announced, installed

pytestmark = pytest.mark.django_db

TOKEN = "EAAB-canary-secret-token-9876"
ALL = ["event", "value", "data.order", "data.paid", "items.list", "items.id"]


@pytest.fixture(autouse=True, scope="module")
def package() -> Iterator[None]:
    with announced():
        yield


@pytest.fixture
def draft(property_: Property, admin: User) -> RuleDraft:
    """The administrator's draft of a rule that has one parcel to send."""
    draft = drafting.blank_draft(installed(property_), admin)
    part = {"id": "RC" + "0" * 32, "kind": "action", "name": "Send", "delegate": ACTION_ID}
    drafting.keep(draft, part | {"settings": {"event": "Stored"}, "negate": False})
    draft.save()
    return draft


def url_of(draft: RuleDraft) -> str:
    [part] = draft.content["components"]
    return reverse("rules:component", args=[draft.property.public_id, draft.pk, part["id"]])


def posted(**entries: Any) -> dict[str, Any]:
    return {"delegate": ACTION_ID, "name": "Send", "event": "Purchase", "value": ""} | entries


def text(response: Any) -> str:
    return unescape(response.content.decode())


def told(response: Any) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def htmx(target: str) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": target}


def preview(client: Client, draft: RuleDraft, target: str = "", **entries: Any) -> Any:
    data = posted(preset="shop", preset_step="preview", **entries)
    return client.post(url_of(draft), data, headers=htmx(target) if target else {})


def seen(response: Any) -> str:
    """What the preview remembers of the fields it was made on."""
    [fingerprint] = re.findall(r'name="preset_seen"\s+value="(\w+)"', text(response))
    return str(fingerprint)


def ticks(response: Any) -> dict[str, bool]:
    """The check boxes of a preview, and which of them are ticked."""
    boxes = re.findall(r'name="preset_field"\s+value="([\w.]+)"\s+(checked)?', text(response))
    return {field: bool(ticked) for field, ticked in boxes}


def fill(
    client: Client, draft: RuleDraft, fields: list[str], target: str = "", **entries: Any
) -> Any:
    """Look at the preview, tick these fields and fill them."""
    kept = seen(preview(client, draft, **entries))
    data = posted(preset="shop", preset_step="fill", preset_field=fields, preset_seen=kept)
    return client.post(url_of(draft), data | entries, headers=htmx(target) if target else {})


def values(response: Any) -> dict[str, Any]:
    """What the fields of the settings form mean, secrets aside."""
    form = response.context["settings_form"]
    paths = [field.path for field in form.setting_fields if field.widget != "secret"]
    return {path: form.current(path) for path in paths if form.current(path)}


def typed(values: dict[str, Any]) -> dict[str, str]:
    """The same, as a form posts it."""
    return {
        path: json.dumps(value) if isinstance(value, dict) else value
        for path, value in values.items()
    }


# --- What is on offer -------------------------------------------------------------------------


def test_presets_are_offered_with_their_documentation(
    admin_client: Client, draft: RuleDraft
) -> None:
    shown = text(admin_client.get(url_of(draft)))
    for words in ("Shop events", "Orders as the shop sends them.", "Carrier"):
        assert words in shown
    assert 'href="https://shop.example/events"' in shown


def test_action_without_presets_has_no_panel(admin_client: Client, draft: RuleDraft) -> None:
    url = reverse("rules:new_component", args=[draft.property.public_id, draft.pk, "condition"])
    assert "preset-panel" not in text(admin_client.get(url))


def test_preset_is_not_offered_without_the_extension_of_its_data_elements(
    admin_client: Client, draft: RuleDraft
) -> None:
    draft.property.extensions.filter(package="core").update(enabled=False)
    assert "preset-panel" not in text(admin_client.get(url_of(draft)))


def test_presets_stand_folded(admin_client: Client, draft: RuleDraft) -> None:
    url = reverse("rules:new_component", args=[draft.property.public_id, draft.pk, "action"])
    shown = " ".join(text(admin_client.get(f"{url}?delegate={ACTION_ID}")).split())
    [tag] = re.findall(
        r"<details[^>]*> <summary[^>]*>(?:(?!</summary>).)*Fill from a preset", shown
    )
    assert " open" not in tag.partition(">")[0]


def test_needed_field_that_is_empty_is_to_be_chosen_first(
    admin_client: Client, draft: RuleDraft
) -> None:
    empty = admin_client.post(url_of(draft), posted(event="", preset_step="cancel"))
    assert "Choose Event below first" in text(empty)
    assert "below first" not in text(admin_client.get(url_of(draft)))


# --- The preview ------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["", "preset-panel"])
def test_preview_ticks_the_empty_fields(
    admin_client: Client, draft: RuleDraft, target: str
) -> None:
    response = preview(admin_client, draft, target, value="mine")
    assert response.status_code == 200
    # The event is the same already, so there is nothing to tick.
    assert ticks(response) == {"value": False} | dict.fromkeys(ALL[2:], True)
    assert "mine" in text(response)


def test_preview_by_htmx_is_the_panel_alone(admin_client: Client, draft: RuleDraft) -> None:
    alone = text(preview(admin_client, draft, "preset-panel")).strip()
    assert alone.startswith("<div")
    assert 'id="preset-panel"' in alone
    assert "delegate-settings" not in alone.replace('hx-target="#delegate-settings"', "")


def test_preview_tells_of_each_data_element_what_becomes_of_it(
    admin_client: Client, draft: RuleDraft, property_: Property
) -> None:
    held = element(property_, "Items of mine", settings={"path": "xdm.items"})
    constant(property_, "Shop value", "another")
    shown = " ".join(text(preview(admin_client, draft)).split())
    assert f'href="{held.get_absolute_url()}"' in shown
    assert "{{Items of mine}}" in shown
    assert "“Shop value” is another data element here" in shown
    assert "{{Shop value (2)}}" in shown


def test_preview_says_when_data_elements_are_created_and_that_they_stay(
    admin_client: Client, draft: RuleDraft
) -> None:
    told = "created at once by Fill fields"
    assert told in text(preview(admin_client, draft))
    fill(admin_client, draft, ALL)
    assert told not in text(preview(admin_client, draft))


def test_preview_writes_nothing(admin_client: Client, draft: RuleDraft) -> None:
    preview(admin_client, draft, event="Changed")
    assert not DataElement.objects.exists()
    assert again(draft).content == draft.content


def test_preview_brings_back_what_was_entered(admin_client: Client, draft: RuleDraft) -> None:
    response = preview(admin_client, draft, name="My name", note="typed", data="{broken")
    entered = {"event": "Purchase", "note": "typed", "data": "{broken"}
    assert values(response) == entered
    assert response.context["form"]["name"].value() == "My name"


def test_cancel_puts_the_preview_away(admin_client: Client, draft: RuleDraft) -> None:
    data = posted(preset="shop", preset_step="cancel", note="typed")
    response = admin_client.post(url_of(draft), data)
    assert ticks(response) == {}
    assert values(response)["note"] == "typed"


def test_preset_that_is_not_offered_is_not_taken(admin_client: Client, draft: RuleDraft) -> None:
    data = posted(preset="stranger", preset_step="fill", preset_field=ALL)
    response = admin_client.post(url_of(draft), data)
    assert (response.status_code, told(response)) == (200, [])
    assert not DataElement.objects.exists()


# --- Filling ----------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["", "delegate-settings"])
def test_ticked_fields_are_filled_and_not_kept_yet(
    admin_client: Client, draft: RuleDraft, target: str
) -> None:
    response = fill(admin_client, draft, ["value", "data.paid"], target, items="", note="typed")
    assert values(response) == {
        "event": "Purchase",
        "value": "{{Shop value}}",
        "data": {"paid": True},
        "note": "typed",
    }
    [created] = DataElement.objects.all()
    assert told(response) == ["2 fields filled, 1 data element created."]
    shown = " ".join(text(response).split())
    assert "2 fields filled, 1 data element created." in shown
    assert f'href="{created.get_absolute_url()}"' in shown
    assert "then press Keep Changes" in shown
    assert again(draft).content == draft.content


def test_filling_by_htmx_brings_the_toast_and_the_pickers_new_entries_along(
    admin_client: Client, draft: RuleDraft
) -> None:
    shown = " ".join(text(fill(admin_client, draft, ["value"], "delegate-settings")).split())
    assert shown.startswith('<div class="stack" id="delegate-settings"')
    assert 'hx-swap-oob="beforeend"> <div class="toast-note' in shown
    assert 'hx-swap-oob="delete:.form-errors"' in shown
    picker = shown.partition('<ul id="picker-list" hx-swap-oob="beforeend">')[2]
    assert 'data-token="Shop value"' in picker


def test_filling_without_javascript_gives_the_whole_page_once(
    admin_client: Client, draft: RuleDraft
) -> None:
    shown = text(fill(admin_client, draft, ["value"]))
    assert shown.count("data-toast=") == 1
    assert "hx-swap-oob" not in shown


def test_keys_that_are_there_stay(admin_client: Client, draft: RuleDraft) -> None:
    data = '{"order": "mine", "own": [1]}'
    response = fill(admin_client, draft, ["data.paid"], data=data)
    assert values(response)["data"] == {"order": "mine", "own": [1], "paid": True}


def test_incomplete_form_is_filled_all_the_same(admin_client: Client, draft: RuleDraft) -> None:
    response = fill(admin_client, draft, ["value"], event="", note="typed")
    assert response.status_code == 200
    assert values(response) == {"value": "{{Shop value}}", "note": "typed"}


def test_filled_form_is_kept_by_the_person(admin_client: Client, draft: RuleDraft) -> None:
    entries = typed(values(fill(admin_client, draft, ALL)))
    response = admin_client.post(url_of(draft), posted(**entries))
    assert response["Location"] == draft.get_absolute_url()
    [part] = again(draft).content["components"]
    assert part["settings"] == {
        "event": "Purchase",
        "value": "{{Shop value}}",
        "data": {"order": "{{Shop order}}", "paid": True},
        "items": {"list": "{{Shop items}}", "id": "sku"},
    }


def test_field_that_was_typed_into_after_the_preview_is_not_overwritten(
    admin_client: Client, draft: RuleDraft
) -> None:
    kept = seen(preview(admin_client, draft))
    data = posted(preset="shop", preset_step="fill", preset_field=ALL, preset_seen=kept)
    response = admin_client.post(url_of(draft), data | {"value": "typed since"})
    assert "These fields changed since the preview was made." in text(response)
    assert values(response)["value"] == "typed since"
    assert ticks(response)["value"] is False
    assert not DataElement.objects.exists()


FAULTY = {"data[0].key": "weight", "data[0].type": "number", "data[0].value": "heavy"}


def rows(response: Any) -> list[tuple[str, str]]:
    shown = response.context["settings_form"]["data"].value().rows
    return [(row.key, row.value) for row in shown]


def test_row_that_cannot_be_read_is_not_lost(admin_client: Client, draft: RuleDraft) -> None:
    response = fill(admin_client, draft, ["value", "data.paid"], **FAULTY)
    assert "“Data” holds something that cannot be read" in text(response)
    assert rows(response) == [("weight", "heavy")]
    assert ticks(response)["data.paid"]
    assert not DataElement.objects.exists()


def test_row_that_cannot_be_read_stays_when_other_fields_are_filled(
    admin_client: Client, draft: RuleDraft
) -> None:
    response = fill(admin_client, draft, ["value"], **FAULTY)
    assert values(response)["value"] == "{{Shop value}}"
    assert rows(response) == [("weight", "heavy")]


def test_text_that_is_no_object_gives_way_when_the_person_says_so(
    admin_client: Client, draft: RuleDraft
) -> None:
    looked = preview(admin_client, draft, data="{broken")
    assert ticks(looked)["data"] is False
    response = fill(admin_client, draft, ["data"], data="{broken")
    assert values(response)["data"] == {"order": "{{Shop order}}", "paid": True}


def test_nothing_ticked_is_told(admin_client: Client, draft: RuleDraft) -> None:
    response = fill(admin_client, draft, [])
    assert "Tick the fields that the preset shall fill." in text(response)
    assert set(ticks(response)) == set(ALL) - {"event"}
    assert told(response) == []


# --- Secrets ----------------------------------------------------------------------------------


def carried(response: Any) -> str:
    [sealed] = re.findall(r'name="token.sealed"\s+value="([^"]+)"', text(response))
    return str(sealed)


def test_typed_secret_travels_sealed_through_every_step(
    admin_client: Client, draft: RuleDraft, settings: Any
) -> None:
    looked = preview(admin_client, draft, token=TOKEN)
    entries = {"token.sealed": carried(looked)}
    filled = fill(admin_client, draft, ["value"], "delegate-settings", **entries)
    entries = typed(values(filled)) | {"token.sealed": carried(filled)}
    for response in (looked, filled):
        assert TOKEN not in text(response)
    admin_client.post(url_of(draft), posted(**entries))
    [part] = again(draft).content["components"]
    sealed = part["settings"]["token"]
    opened = vault.open_text(settings.KEY_RING, sealed, draft.property.public_id)
    assert (opened, part["settings"]["value"]) == (TOKEN, "{{Shop value}}")


def test_secret_that_is_typed_when_the_fields_are_filled_travels_sealed(
    admin_client: Client, draft: RuleDraft, settings: Any
) -> None:
    response = fill(admin_client, draft, ["value"], "delegate-settings", token=TOKEN)
    assert TOKEN not in text(response)
    opened = vault.open_text(settings.KEY_RING, carried(response), draft.property.public_id)
    assert opened == TOKEN


def test_stored_secret_stays_on_the_server(
    admin_client: Client, draft: RuleDraft, settings: Any
) -> None:
    [part] = draft.content["components"]
    sealed = vault.seal_text(settings.KEY_RING, TOKEN, draft.property.public_id)
    part["settings"]["token"] = sealed
    draft.save()
    response = fill(admin_client, draft, ["value"])
    assert "token.sealed" not in text(response)
    assert sealed not in text(response)
    assert "Stored encrypted" in text(response)
    admin_client.post(url_of(draft), posted(**typed(values(response))))
    [part] = again(draft).content["components"]
    assert part["settings"]["token"] == sealed


# --- Who may ----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["preview", "fill"])
@pytest.mark.parametrize(("right", "status"), [(Right.APPROVE, 403), (Right.DEVELOP, 200)])
def test_presets_need_the_right_to_develop(
    editor_client: Client,
    editor: User,
    grant: Grant,
    draft: RuleDraft,
    step: str,
    right: Right,
    status: int,
) -> None:
    RuleDraft.objects.update(user=editor)
    give(grant, right)
    data = posted(preset="shop", preset_step=step, preset_field=["value"])
    assert editor_client.post(url_of(draft), data).status_code == status
    assert not DataElement.objects.exists()


def test_presets_of_another_persons_draft_are_out_of_reach(
    editor_client: Client, grant: Grant, draft: RuleDraft
) -> None:
    give(grant, Right.DEVELOP)
    response = preview(editor_client, draft)
    assert response["Location"] == reverse("rules:rules", args=[draft.property.public_id])


# --- The loud mark ----------------------------------------------------------------------------


@pytest.mark.parametrize(("note", "is_marked"), [("test", True), ("", False)])
def test_editor_says_loudly_what_nobody_should_forget(
    admin_client: Client, draft: RuleDraft, note: str, is_marked: bool
) -> None:
    [part] = draft.content["components"]
    part["settings"]["note"] = note
    draft.save()
    assert ("Test parcel" in text(admin_client.get(url_of(draft)))) is is_marked
