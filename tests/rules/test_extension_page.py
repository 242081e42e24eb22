"""The page of an extension: what it warns of, and what it asks before Core is disabled."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from extensions import registry
from extensions.contract import Problem, Settings
from rules.models import Property
from tests.rules.making import META, again, meta

MARK = "Every event is a test event: TEST42"


def words(response: HttpResponse) -> str:
    return html.unescape(response.content.decode())


@pytest.fixture
def advised(monkeypatch: pytest.MonkeyPatch) -> None:
    """A package that always has something to say about its settings."""

    def check(settings: Settings) -> list[Problem]:
        return [Problem("defaultCountry", f"Checked {len(settings)}.", "warning")]

    def advise(_settings: Settings, today: date) -> list[Problem]:
        return [Problem("apiVersion", f"Advised in {today.year}.", "warning")]

    package = replace(registry.packages()[META], check=check, advise=advise)
    changed = {**registry.packages(), META: package}
    monkeypatch.setattr(registry, "packages", lambda: changed)


@pytest.mark.usefixtures("advised")
def test_warnings_stand_on_the_page_with_their_fields(
    property_: Property, admin_client: Client
) -> None:
    extension = meta(property_, pixelId="1234567890")
    page = words(admin_client.get(extension.get_absolute_url()))
    assert '<a href="#id_defaultCountry">Default Country</a>: Checked 1.' in page
    assert "Advised in 20" in page


@pytest.mark.usefixtures("advised")
def test_warnings_do_not_stop_a_save(property_: Property, admin_client: Client) -> None:
    extension = meta(property_, pixelId="1234567890")
    posted = {"pixelId": "99", "lock_version": extension.lock_version, "save": "save"}
    assert admin_client.post(extension.get_absolute_url(), posted).status_code == 302
    assert again(extension).settings["pixelId"] == "99"


def test_extension_without_warnings_shows_none(property_: Property, admin_client: Client) -> None:
    core = property_.extensions.get(package="core")
    assert "Please note" not in words(admin_client.get(core.get_absolute_url()))


def test_loud_mark_stands_on_the_page_and_in_the_list(
    property_: Property, admin_client: Client
) -> None:
    url = reverse("rules:extensions", args=[property_.public_id])
    extension = meta(property_, pixelId="1234567890")
    assert "test event:" not in words(admin_client.get(extension.get_absolute_url()))
    assert "test event:" not in words(admin_client.get(url))
    extension.settings["testEventCodes"] = {"staging": "TEST42"}
    extension.save()
    page = words(admin_client.get(extension.get_absolute_url()))
    assert MARK in page
    assert "In Staging" in page
    assert f"{MARK} (Staging)" in words(admin_client.get(url))


@pytest.mark.parametrize("button", [{"add": "email"}, {"view": "x|raw"}, {"pick": "pixelId"}])
def test_form_that_only_comes_back_is_not_saved(
    property_: Property, admin_client: Client, button: dict[str, Any]
) -> None:
    extension = meta(property_, pixelId="1234567890")
    posted = {"pixelId": "77", "lock_version": "9", **button}
    page = words(admin_client.post(extension.get_absolute_url(), posted))
    assert 'value="77"' in page
    assert 'name="lock_version" value="9"' in page
    assert again(extension).settings["pixelId"] == "1234567890"


def test_core_is_disabled_only_after_a_question(property_: Property, admin_client: Client) -> None:
    core = property_.extensions.get(package="core")
    question = reverse("rules:enable_extension", args=[property_.public_id, core.public_id])
    assert f'href="{question}"' in words(admin_client.get(core.get_absolute_url()))
    asked = words(admin_client.get(question))
    assert "Disable “Core”?" in asked
    assert again(core).enabled
    admin_client.post(question)
    assert not again(core).enabled


def test_other_extensions_are_disabled_at_once(property_: Property, admin_client: Client) -> None:
    extension = meta(property_, pixelId="1234567890")
    page = words(admin_client.get(extension.get_absolute_url()))
    assert 'name="enabled"' in page
    assert "Disable…" not in page
