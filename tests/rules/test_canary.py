"""A token that is typed in anywhere is found nowhere: no page, log line, audit entry or build."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from rules import building
from rules.models import Build, Extension, Property, Revision, Secret
from tests.rules.addresses import IN_PROPERTY, addresses
from tests.rules.making import META, SECRET, environment

# The last four may be shown, so they are no part of what is looked for.
CANARY = "EAABcanary0TokenThatNobodyMayEverSee"
TOKEN = CANARY + "WXYZ"

pytestmark = pytest.mark.django_db


class Browser:
    """A client that keeps every page it was sent."""

    def __init__(self, client: Client, property_: Property) -> None:
        self.client = client
        self.property = property_
        self.pages: list[str] = []

    def get(self, url: str) -> Any:
        return self._kept(self.client.get(url, follow=True))

    def post(self, view: str, /, *arguments: object, **values: Any) -> Any:
        url = reverse(f"rules:{view}", args=[self.property.public_id, *arguments])
        data = {key.replace("__", "."): value for key, value in values.items()}
        return self._kept(self.client.post(url, data, follow=True))

    def _kept(self, response: Any) -> Any:
        self.pages.append(response.content.decode() + json.dumps(dict(response.headers)))
        self.pages += [url for url, _status in response.redirect_chain]
        return response


@pytest.fixture
def browser(admin_client: Client, property_: Property, caplog: Any) -> Browser:
    caplog.set_level(logging.DEBUG)
    return Browser(admin_client, property_)


def type_tokens(browser: Browser) -> None:
    """Type the token into every form that takes one, first in ways that are refused."""
    for values in ({"pixelId": ""}, {"pixelId": "x"}, {"pixelId": "1", "pick": "pixelId"}):
        browser.post("install", META, accessToken=TOKEN, **values)
    browser.post("install", META, pixelId="1234567890", accessToken=f"{TOKEN}{{{{A}}}}")
    browser.post("install", META, pixelId="1234567890", accessToken=TOKEN, save="save")
    installed = Extension.objects.get(package=META)
    browser.post("extension", installed.public_id, pixelId="x", accessToken=TOKEN)
    browser.post("extension", installed.public_id, pixelId="1234567890", accessToken=TOKEN)
    development = environment(browser.property, "development")
    fields = {"environment": development.pk, "kind": "token", "value": TOKEN}
    browser.post("new_secret", name="", **fields)
    browser.post("new_secret", name="Token", **fields)
    held = Secret.objects.get()
    browser.post("secret", held.public_id, name="", value=TOKEN)
    browser.post("secret", held.public_id, name="Token", value=TOKEN)


def publish(browser: Browser) -> None:
    """Use the secret in a data element, and build everything there is."""
    held = Secret.objects.get()
    chosen = {"secrets__development": held.public_id}
    browser.post("new_data_element", name="Meta token", delegate=SECRET, enabled="on", **chosen)
    browser.post("new_library", name="Library", environment=held.environment.pk)
    library = browser.property.libraries.get()
    browser.post("library", library.public_id, add_all="yes")
    browser.post("library", library.public_id, name="Library", environment="", build="yes")
    for build_id in building.unfinished():
        building.run(build_id)


def visit_everything(browser: Browser) -> None:
    """Look at every page of the property, as its resources lead there."""
    property_ = browser.property
    values: dict[str, Any] = {
        IN_PROPERTY: property_.public_id,
        "element_id": property_.data_elements.get().public_id,
        "extension_id": property_.extensions.get(package=META).public_id,
        "secret_id": Secret.objects.get().public_id,
        "environment_id": environment(property_, "development").public_id,
        "library_id": property_.libraries.get().public_id,
        "build_id": Build.objects.get().public_id,
        "package_id": META,
    }
    for address in addresses():
        if address.is_in_property and address.arguments <= values.keys():
            browser.get(address.url(values))


def rows() -> Iterator[str]:
    """Yield every row of every table of ours, as text."""
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')  # noqa: S608
            yield from (row for (row,) in cursor.fetchall())


@pytest.fixture
def lived(browser: Browser) -> Browser:
    """The whole life of a token, from the form to the build."""
    type_tokens(browser)
    publish(browser)
    visit_everything(browser)
    return browser


def test_the_token_was_stored_and_built(lived: Browser) -> None:
    assert Secret.objects.get().open() == TOKEN
    assert Build.objects.get().status == "succeeded"
    assert any("•••••WXYZ" in page for page in lived.pages)
    assert len(lived.pages) > 40


def test_token_is_in_no_page_header_or_address(lived: Browser) -> None:
    assert [page for page in lived.pages if CANARY in page] == []


def test_token_is_in_no_log_record(lived: Browser, caplog: pytest.LogCaptureFixture) -> None:
    records = caplog.get_records("setup")
    said = [str(record.msg) + str(record.args) + str(vars(record)) for record in records]
    assert said
    assert [line for line in said if CANARY in line] == []


def test_token_is_in_no_audit_entry(lived: Browser) -> None:
    told = [json.dumps(entry, default=str) for entry in AuditEntry.objects.values()]
    assert told
    assert [entry for entry in told if CANARY in entry] == []


def test_audit_entries_hold_no_settings(lived: Browser) -> None:
    told = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert "sealed:" not in told
    assert "1234567890" not in told


def test_token_is_in_no_revision_and_no_build(lived: Browser) -> None:
    stored = [json.dumps(content) for content in Revision.objects.values_list("content", flat=True)]
    stored += [bytes(build.document or b"").decode() for build in Build.objects.all()]
    assert any("sealed:" in content for content in stored)
    assert [content for content in stored if CANARY in content] == []


def test_token_is_in_no_row_of_the_database(lived: Browser) -> None:
    found = list(rows())
    assert any("sealed:" in row for row in found)
    assert [row for row in found if CANARY in row] == []
