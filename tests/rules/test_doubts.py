"""A data element that does not exist is told at save, beside its field; nothing typed is lost."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from rules.models import DataElement, Property, RuleDraft
from tests.rules.making import (
    COMPARISON,
    CONSTANT,
    META,
    SECRET,
    again,
    constant,
    element,
    meta,
    rule,
)

pytestmark = pytest.mark.django_db

TEMPLATE = "core::dataElements::template"
CODE = "core::dataElements::custom-code"
COMPARE = {
    "delegate": COMPARISON,
    "logic": "regular",
    "leftOperand": "{{Event Type}}",
    "comparison.operator": "equals",
    "rightOperand": "purchase of {{Gone}}",
}


def url(property_: Property, view: str, *arguments: object) -> str:
    return reverse(f"rules:{view}", args=[property_.public_id, *arguments])


def shown(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def action_url(property_: Property, admin_client: Client) -> str:
    """Where a new condition of a new rule is entered."""
    made = admin_client.post(
        url(property_, "new_rule"), {"name": "R", "enabled": "on", "add": "condition"}
    )
    return str(made["Location"])


def test_unknown_element_of_a_component_is_told_beside_its_field(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    element(property_)
    response = admin_client.post(action_url, COMPARE)
    assert response.status_code == 422
    form = response.context["settings_form"]
    assert form.errors == {}
    assert form.fields["rightOperand"].missing == ["Gone"]
    field = shown(response).split('id="id_rightOperand_field"')[1].split("</form>")[0]
    create = f"{url(property_, 'new_data_element')}?name=Gone"
    assert f'href="{create}"' in field
    assert 'value="purchase of {{Gone}}"' in field
    assert RuleDraft.objects.get().content["components"] == []


def test_saved_again_with_the_same_names_it_is_kept(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    element(property_)
    response = admin_client.post(action_url, COMPARE | {"doubts_seen": ["missing|Gone"]})
    assert response.status_code == 302
    [kept] = RuleDraft.objects.get().content["components"]
    assert kept["settings"]["rightOperand"] == "purchase of {{Gone}}"


def test_page_carries_along_what_it_told(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    told = '<input type="hidden" name="doubts_seen" value="missing|Gone">'
    element(property_)
    assert told in shown(admin_client.post(action_url, COMPARE))
    revisited = COMPARE | {"doubts_seen": ["missing|Gone"], "pick": "rightOperand"}
    assert told in shown(admin_client.post(action_url, revisited))
    assert told not in shown(admin_client.get(action_url))


def test_another_unknown_name_is_told_again(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    response = admin_client.post(action_url, COMPARE | {"doubts_seen": ["missing|Gone"]})
    assert response.status_code == 422
    assert response.context["settings_form"].doubts == [
        ("missing", "Event Type"),
        ("missing", "Gone"),
    ]


def test_element_that_was_created_meanwhile_is_not_missing(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    element(property_)
    admin_client.post(action_url, COMPARE)
    constant(property_, "Gone", "1")
    assert admin_client.post(action_url, COMPARE).status_code == 302


def test_element_of_another_property_does_not_exist_here(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    element(property_)
    other = Property.objects.create(name="Other")
    constant(other, "Gone", "1")
    assert admin_client.post(action_url, COMPARE).status_code == 422


def test_what_is_missing_in_stored_settings_is_told_when_they_are_opened(
    property_: Property, admin_client: Client
) -> None:
    found = element(
        property_, "Text", delegate=TEMPLATE, settings={"text": "a {{Gone}} and {{Lost & found}}"}
    )
    page = shown(admin_client.get(found.get_absolute_url()))
    assert "There is no data element “Gone”." in page
    assert "?name=Lost%20%26%20found" in page
    assert "Nothing is saved yet" not in page


@pytest.mark.parametrize(
    ("delegate", "posted"),
    [
        (TEMPLATE, {"text": "x{{Gone}}"}),
        (CODE, {"source": "return await getDataElementValue('Gone');"}),
    ],
)
def test_data_element_that_asks_for_an_unknown_one_is_held_back_once(
    property_: Property, admin_client: Client, delegate: str, posted: dict[str, str]
) -> None:
    entered = {"name": "A", "delegate": delegate, "enabled": "on", **posted}
    response = admin_client.post(url(property_, "new_data_element"), entered)
    assert response.status_code == 422
    assert "Nothing is saved yet: please look at this first" in shown(response)
    assert not DataElement.objects.exists()
    again_ = admin_client.post(
        url(property_, "new_data_element"), entered | {"doubts_seen": "missing|Gone"}
    )
    assert again_.status_code == 302
    assert DataElement.objects.get().name == "A"


def test_extension_that_asks_for_an_unknown_one_is_held_back_once(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_)
    entered = {"pixelId": "{{Pixel}}", "accessToken": "{{Token}}",
               "lock_version": str(installed.lock_version), "save": "save"}  # fmt: skip
    response = admin_client.post(installed.get_absolute_url(), entered)
    assert response.status_code == 422
    assert response.context["form"].doubts == [("missing", "Pixel"), ("missing", "Token")]
    seen = entered | {"doubts_seen": ["missing|Pixel", "missing|Token"]}
    assert admin_client.post(installed.get_absolute_url(), seen).status_code == 302
    assert again(installed).settings["pixelId"] == "{{Pixel}}"


def test_package_is_not_installed_before_it_was_told(
    property_: Property, admin_client: Client
) -> None:
    entered = {"pixelId": "{{Pixel}}", "accessToken": "{{Pixel}}"}
    response = admin_client.post(url(property_, "install", META), entered)
    assert response.status_code == 422
    assert not property_.extensions.filter(package=META).exists()


def test_element_that_is_no_secret_is_told_where_a_secret_belongs(
    property_: Property, admin_client: Client
) -> None:
    installed = meta(property_)
    constant(property_, "Open", "EAAB")
    entered = {"pixelId": "{{Open}}", "accessToken": "{{Open}}",
               "lock_version": str(installed.lock_version), "save": "save"}  # fmt: skip
    response = admin_client.post(installed.get_absolute_url(), entered)
    assert response.status_code == 422
    assert response.context["form"].doubts == [("open_secrets", "Open")]
    beside = shown(response).split('id="id_accessToken_field"')[1].split("data-field=")[1]
    assert "“Open” is no Secret data element" in beside
    seen = entered | {"doubts_seen": "open_secrets|Open"}
    assert admin_client.post(installed.get_absolute_url(), seen).status_code == 302


def test_secret_element_is_no_doubt(property_: Property, admin_client: Client) -> None:
    installed = meta(property_)
    element(property_, "Token", delegate=SECRET, settings={})
    entered = {"pixelId": "1234", "accessToken": "{{Token}}",
               "lock_version": str(installed.lock_version), "save": "save"}  # fmt: skip
    assert admin_client.post(installed.get_absolute_url(), entered).status_code == 302


def test_offer_to_create_fills_in_the_name(property_: Property, admin_client: Client) -> None:
    page = shown(admin_client.get(f"{url(property_, 'new_data_element')}?name=Gone"))
    assert 'value="Gone"' in page


def test_circle_is_refused_at_save_beside_the_field(
    property_: Property, admin_client: Client
) -> None:
    element(property_, "B", delegate=TEMPLATE, settings={"text": "{{A}}"})
    entered = {"name": "A", "delegate": TEMPLATE, "enabled": "on", "text": "{{B}}"}
    response = admin_client.post(url(property_, "new_data_element"), entered)
    assert response.status_code == 422
    assert response.context["settings_form"].errors == {
        "text": ["The data element refers to itself: A → B → A."]
    }
    assert not DataElement.objects.filter(name="A").exists()


def test_circle_by_the_old_name_of_an_element_is_refused_too(
    property_: Property, admin_client: Client
) -> None:
    own = element(property_, "Old", delegate=TEMPLATE, settings={"text": "1 {{B}}"})
    element(property_, "B", delegate=CONSTANT, settings={"value": "1"})
    element(property_, "C", delegate=TEMPLATE, settings={"text": "{{Old}}"})
    entered = {"name": "New", "delegate": TEMPLATE, "enabled": "on", "text": "{{C}}",
               "lock_version": str(own.lock_version)}  # fmt: skip
    response = admin_client.post(own.get_absolute_url(), entered)
    assert response.context["settings_form"].errors == {
        "text": ["The data element refers to itself: Old → C → Old."]
    }


def test_element_that_asks_for_itself_is_refused(property_: Property, admin_client: Client) -> None:
    entered = {"name": "A", "delegate": TEMPLATE, "enabled": "on", "text": "{{A}}"}
    response = admin_client.post(url(property_, "new_data_element"), entered)
    assert response.context["settings_form"].errors == {
        "text": ["The data element refers to itself: A → A."]
    }


def test_finding_leads_over_the_card_to_the_field(
    property_: Property, admin_client: Client
) -> None:
    made = rule(property_, left="{{gone}}")
    part = made.components.get()
    posted = {"name": made.name, "enabled": "on", "edit": part.public_id,
              "base_version": made.lock_version}  # fmt: skip
    address = f"{made.get_absolute_url()}?at={part.public_id}.leftOperand"
    response = admin_client.post(address, posted)
    assert response["Location"].endswith(f"/{part.public_id}/#id_leftOperand")
    draft = RuleDraft.objects.get()
    draft.is_changed = True
    draft.save()
    assert admin_client.get(address)["Location"].endswith(f"?at={part.public_id}.leftOperand")


def test_secret_where_none_may_stand_is_told_before_it_is_saved(
    property_: Property, admin_client: Client
) -> None:
    package = "adobe-cloud-connector"
    property_.extensions.create(package=package, package_version="1.0.0")
    element(property_, "Key", delegate=SECRET, settings={})
    entered = {
        "name": "Call",
        "delegate": f"{package}::actions::make-fetch-call",
        "url": "https://api.example.com/{{Key}}",
        "headers[0].key": "Authorization",
        "headers[0].value": "Bearer {{Key}}",
        "method": "GET",
        "save": "save",
    }
    made = admin_client.post(
        url(property_, "new_rule"), {"name": "R", "enabled": "on", "add": "action"}
    )
    response = admin_client.post(str(made["Location"]), entered)
    assert response.status_code == 422
    assert response.context["settings_form"].doubts == [("shown_secrets", "Key")]
    assert "“Key” is a secret, and none may stand here" in shown(response)


def test_unknown_element_of_code_is_told_as_what_it_is(
    property_: Property, admin_client: Client
) -> None:
    posted = {"name": "E", "delegate": CODE, "source": 'return getDataElementValue("Gone");'}
    page = shown(admin_client.post(url(property_, "new_data_element"), posted))
    assert "a build that asks for it warns, and the code fails where it asks." in page
    assert "a build that asks for it fails" not in page
    assert "Press Save again to keep it" in page


def test_editor_of_components_names_its_own_button(
    property_: Property, admin_client: Client, action_url: str
) -> None:
    page = shown(admin_client.post(action_url, COMPARE))
    assert "Press Keep Changes again to keep it" in page
    assert "a build that asks for it fails." in page


def test_what_is_odd_is_told_once_it_is_saved(property_: Property, admin_client: Client) -> None:
    element(property_, "Country")
    posted = {
        "name": "Currency",
        "delegate": "core::dataElements::lookup-table",
        "input": "{{Country}}",
        "enabled": "on",
        "rows[view]": "text",
        "rows[text]": "DE,EUR\nDE,CHF",
    }
    page = admin_client.post(url(property_, "new_data_element"), posted, follow=True)
    assert DataElement.objects.filter(name="Currency").exists()
    assert "Line 2: is never reached" not in shown(page)
    assert "is never reached: row 1 is for the same." in shown(page)
