"""Custom code in the editors: written in a code editor, kept as it was written."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from rules import drafting
from rules.models import DataElement, Property
from tests.rules.making import again

pytestmark = pytest.mark.django_db

ELEMENT, CONDITION = "core::dataElements::custom-code", "core::conditions::custom-code"
CODE = "// two lines\n  return arc.event.xdm.total * 100;\n"
OFF = "Custom code is switched off on this server"


@pytest.fixture
def new_url(property_: Property) -> str:
    return reverse("rules:new_data_element", args=[property_.public_id])


def test_code_is_written_in_an_editor_that_knows_javascript(
    admin_client: Client, new_url: str
) -> None:
    html = admin_client.get(f"{new_url}?delegate={ELEMENT}").content.decode()
    assert 'data-editor="javascript"' in html
    assert 'spellcheck="false"' in html


def test_code_is_kept_as_it_was_written(
    admin_client: Client, admin: User, property_: Property, new_url: str
) -> None:
    admin_client.post(new_url, {"name": "Cents", "delegate": ELEMENT, "source": CODE})
    assert DataElement.objects.get().settings["source"].replace("\r\n", "\n") == CODE
    draft = drafting.blank_draft(property_, admin)
    draft.save()
    url = reverse("rules:new_component", args=[property_.public_id, draft.pk, "condition"])
    admin_client.post(url, {"delegate": CONDITION, "source": CODE, "logic": "exception"})
    [part] = again(draft).content["components"]
    assert (part["settings"]["source"], part["negate"]) == (CODE, True)


@pytest.mark.parametrize("is_on", [True, False])
def test_editor_says_when_the_server_runs_no_code(
    admin_client: Client, new_url: str, settings: Settings, is_on: bool
) -> None:
    settings.CUSTOM_CODE = is_on
    html = admin_client.get(f"{new_url}?delegate={ELEMENT}").content.decode()
    assert (OFF in html) is not is_on


def test_types_without_code_say_nothing_of_it(
    admin_client: Client, new_url: str, settings: Settings
) -> None:
    settings.CUSTOM_CODE = False
    html = admin_client.get(f"{new_url}?delegate=core::dataElements::path").content.decode()
    assert OFF not in html
