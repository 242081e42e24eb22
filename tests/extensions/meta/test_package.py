"""The catalog entry and the forms that are made from it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from extensions import registry
from extensions.contract import JSON
from extensions.meta import countries, currencies, vocabulary
from extensions.meta.fields import USER_FIELDS
from extensions.meta.matching import is_too_broad
from extensions.meta.package import PACKAGE, SEND_EVENT
from meta_sandbox import schema as sandbox

# As the original spells them; a property exported from it is imported by these.
ORIGINAL_SETTINGS = {
    "eventName", "eventTime", "eventSourceUrl", "eventId", "optOut", "actionSource", "lduEnabled",
    "email", "phone", "firstName", "lastName", "dob", "gender", "city", "state", "zip", "country",
    "externalId", "clientIpAddress", "clientUserAgent", "fbc", "fbp", "subscriptionId",
    "fbLoginId", "leadId", "partnerName", "partnerId", "customData", "isTestEvent",
    "testEventCode", "pixelId", "accessToken",
}  # fmt: skip
OUR_SETTINGS = {
    "messagingChannel", "referrerUrl", "customerSegmentation", "advancedMeasurementTable",
    "lduCountry", "lduState", "consent", "consentPurpose",
    "anonId", "madid", "ctwaClid", "whatsappBusinessAccountId", "pageId", "pageScopedUserId",
    "igSid", "instagramBusinessAccountId", "igAccountId", "f5first", "f5last", "firstInitial",
    "birthDay", "birthMonth", "birthYear",
    "contents", "appData", "storeData", "originalEventData", "attributionData", "automatic",
}  # fmt: skip

PROPERTIES = SEND_EVENT.schema["properties"]


def test_the_package_is_found_by_the_originals_id() -> None:
    delegate_id = "facebook_conversions_api_extension::actions::send_capi_data"

    assert registry.delegate(delegate_id) is SEND_EVENT
    assert registry.package_of(delegate_id) is PACKAGE


def test_the_icon_is_a_file() -> None:
    icons = Path(__file__).parents[3] / "static" / "extensions"

    assert (icons / PACKAGE.icon).is_file()


@pytest.mark.parametrize("described", [PACKAGE, SEND_EVENT], ids=["package", "action"])
def test_the_schema_is_valid(described: object) -> None:
    Draft202012Validator.check_schema(described.schema)  # type: ignore[attr-defined]


def leaves(schema: dict[str, JSON]) -> Iterator[dict[str, JSON]]:
    """Yield the fields of a schema as the form has them: groups are opened."""
    for field in schema["properties"].values():
        if "properties" in field and "ui" not in field:
            yield from leaves(field)
        else:
            yield field


def test_the_settings_keys_are_the_originals_with_ours_beside_them() -> None:
    assert PROPERTIES.keys() == ORIGINAL_SETTINGS | OUR_SETTINGS


def test_the_form_has_the_originals_sections_with_ours_among_them() -> None:
    sections = [
        key for key, _ in groupby(leaves(SEND_EVENT.schema), lambda field: field["ui"]["section"])
    ]

    assert sections == [
        "Server Event Parameters",
        "Limited Data Use",
        "Consent",
        "Customer Information Parameters",
        "Custom Data",
        "App Data",
        "Store Data",
        "Original Event and Attribution",
        "Automatic Parameters",
        "Test Event",
        "Configuration Overrides",
    ]
    assert SEND_EVENT.schema["ui"]["sections"].keys() == set(sections)


def test_every_field_has_a_label_and_help() -> None:
    for described in (PACKAGE, SEND_EVENT):
        for setting in leaves(described.schema):
            assert setting["title"]
            assert setting["description"]


def test_a_condition_looks_at_a_setting_that_there_is() -> None:
    for described in (PACKAGE, SEND_EVENT):
        for field in leaves(described.schema):
            hints = [field["ui"], *field["ui"].get("keys", ())]
            for name in ("show_if", "matters_if", "required_if"):
                for hint in hints:
                    for condition in as_list(hint.get(name, [])):
                        assert found(described.schema, condition["field"]), condition


def as_list(conditions: JSON) -> list[dict[str, JSON]]:
    return conditions if isinstance(conditions, list) else [conditions]


def found(schema: JSON, path: str) -> JSON:
    for key in path.split("."):
        schema = schema["properties"].get(key, {"properties": {}})
    return schema.get("type")


def test_help_leads_to_a_page_of_meta() -> None:
    for described in (PACKAGE, SEND_EVENT):
        for field in leaves(described.schema):
            address = field["ui"].get("help_url", "https://developers.facebook.com/")
            assert address.startswith("https://developers.facebook.com/")


def test_a_link_of_a_section_is_not_said_again_at_its_fields() -> None:
    for described in (PACKAGE, SEND_EVENT):
        sections = described.schema["ui"]["sections"]
        for field in leaves(described.schema):
            label = field["ui"].get("help_label")
            section = sections.get(field["ui"]["section"], {})
            assert label is None or label != section.get("help_label"), field["title"]


def test_the_test_code_is_shown_only_when_it_is_needed() -> None:
    assert PROPERTIES["testEventCode"]["ui"]["show_if"] == {"field": "isTestEvent", "in": [True]}


def test_event_names_and_sources_are_offered() -> None:
    names = [value for value, _ in PROPERTIES["eventName"]["ui"]["options"]]
    sources = dict(PROPERTIES["actionSource"]["ui"]["options"])

    assert names[:18] == list(vocabulary.STANDARD_EVENTS)
    assert len(names) == len(set(names))
    assert {"PageView", "AppendValue", *vocabulary.MESSAGING_EVENTS} <= set(names)
    assert sources["physical_store"] == "Physical Store"
    assert sources["business_messaging"] == "Business Messaging"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"eventName": "Purchase"}, "send Purchase to Meta"),
        ({"eventName": "{{Name}}"}, "send {{Name}} to Meta"),
        ({}, "send an event to Meta"),
        ({"eventName": "Lead", "isTestEvent": True}, "send Lead to Meta as a test event"),
    ],
)
def test_the_action_says_what_it_does(settings: dict[str, object], words: str) -> None:
    assert SEND_EVENT.summarise(settings) == words


def test_the_sandbox_and_the_package_agree_about_meta() -> None:
    sources = {value for value, _ in vocabulary.ACTION_SOURCES}
    hashed = {field.key for field in USER_FIELDS if field.is_hashed} - {"external_id"}

    assert sources == set(sandbox.ACTION_SOURCES)
    assert hashed <= set(sandbox.HASHED_KEYS)
    assert {field.key for field in USER_FIELDS} <= sandbox.USER_FIELDS.keys()
    assert currencies.CODES <= sandbox.CURRENCIES
    assert all(is_too_broad(keys) for keys in sandbox.BROAD_KEYS)


def test_every_country_of_the_standard_is_known() -> None:
    assert len(countries.ALPHA2) == 249 + 1  # and Kosovo, which has a code of its own choice
    assert all(countries.find(code) == code for code in countries.ALPHA2)


def holds(condition: JSON, settings: dict[str, JSON]) -> bool:
    """Whether a condition between fields holds, as the contract describes it."""
    return all(settings.get(each["field"]) in each["in"] for each in as_list(condition))


def paths(schema: dict[str, JSON], prefix: str = "") -> Iterator[tuple[str, dict[str, JSON]]]:
    for name, field in schema["properties"].items():
        if "properties" in field and "ui" not in field:
            yield from paths(field, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field["ui"]


def needed(**settings: JSON) -> set[str]:
    """Return the fields that are marked as required only because of these settings."""
    return {
        path
        for path, ui in paths(SEND_EVENT.schema)
        if "required_if" in ui and holds(ui["required_if"], settings)
    }


def first(**settings: JSON) -> list[str]:
    """Return the customer fields that matter with these settings, in the form's order."""
    return [
        path
        for path, ui in paths(SEND_EVENT.schema)
        if ui["section"] == "Customer Information Parameters"
        and not ui.get("further")
        and holds(ui.get("matters_if", []), settings)
    ]


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({"actionSource": "email"}, set()),
        ({"actionSource": "website"}, {"eventSourceUrl"}),
        (
            {"actionSource": "app"},
            {
                "appData.advertiserTrackingEnabled",
                "appData.extinfo.version",
                "appData.extinfo.osVersion",
            },
        ),
        (
            {"actionSource": "app", "appData.extinfoList": "{{Device}}"},
            {"appData.advertiserTrackingEnabled"},
        ),
        ({"actionSource": "business_messaging"}, {"messagingChannel"}),
        (
            {"actionSource": "business_messaging", "messagingChannel": "whatsapp"},
            {"messagingChannel", "ctwaClid"},
        ),
        (
            {"actionSource": "business_messaging", "messagingChannel": "messenger"},
            {"messagingChannel", "pageId", "pageScopedUserId"},
        ),
        (
            {"actionSource": "business_messaging", "messagingChannel": "instagram"},
            {"messagingChannel", "igSid"},
        ),
        ({"eventName": "Purchase"}, {"customData"}),
        ({"lduEnabled": True, "lduCountry": "1"}, {"lduState"}),
        ({"automatic.eventTime": False}, {"eventTime"}),
    ],
)
def test_required_marks_change_with_the_choice(settings: dict[str, JSON], fields: set[str]) -> None:
    assert needed(**settings) == fields


def test_a_purchase_marks_the_keys_it_needs() -> None:
    keys = PROPERTIES["customData"]["ui"]["keys"]
    required = [
        key["key"]
        for key in keys
        if "required_if" in key and holds(key["required_if"], {"eventName": "Purchase"})
    ]

    assert required == ["value", "currency"]


def test_the_fields_that_matter_come_first() -> None:
    website = first(actionSource="website")
    messaging = "business_messaging"

    assert website[:2] == ["email", "phone"]
    assert {"fbc", "fbp", "clientIpAddress", "clientUserAgent"} <= set(website)
    assert not {"leadId", "madid", "pageId"} & set(website)
    assert first(actionSource="system_generated")[:2] == ["leadId", "email"]
    assert first(actionSource="app")[:2] == ["anonId", "madid"]
    assert "fbp" not in first(actionSource="physical_store")
    assert first(actionSource=messaging, messagingChannel="instagram") == [
        "igSid",
        "instagramBusinessAccountId",
        "igAccountId",
    ]
    assert {"ctwaClid", "igSid", "pageId"} <= set(first(actionSource=messaging))


def test_every_customer_field_matters_somewhere_or_is_rare() -> None:
    sources = [source for source, _ in vocabulary.ACTION_SOURCES]
    shown = {path for source in sources for path in first(actionSource=source)}

    assert shown == {field.setting for field in USER_FIELDS if not field.is_rare}
