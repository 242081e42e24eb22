"""What a form says about settings before they are saved."""

from __future__ import annotations

import pytest

from extensions.contract import JSON, Problem
from extensions.meta.package import PACKAGE, SEND_EVENT
from extensions.validation import problems_in

ACTION: dict[str, JSON] = {"actionSource": "email", "eventName": "Lead"}


def configuration(**settings: JSON) -> list[Problem]:
    return problems_in(PACKAGE, {"pixelId": "1", "accessToken": "t", **settings})


def action(**settings: JSON) -> list[Problem]:
    given = {key: value for key, value in (ACTION | settings).items() if value is not None}
    return problems_in(SEND_EVENT, given)


def test_pixel_and_token_are_asked_for_in_the_originals_words() -> None:
    assert problems_in(PACKAGE, {}) == [
        Problem("pixelId", "Please specify your Meta Pixel ID."),
        Problem("accessToken", "Please specify your access token."),
    ]


def test_a_configuration_of_values_or_data_elements_is_fine() -> None:
    assert configuration() == []
    assert configuration(pixelId="{{Pixel}}", accessToken="{{Token}}") == []
    assert configuration(defaultCountry="de", apiVersion="v25.0") == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pixelId", "abc"),
        ("pixelId", "12 34"),
        ("defaultCountry", "Germany"),
        ("defaultCountry", "xx"),
        ("apiVersion", "26"),
        ("apiVersion", "v26.0/.."),
        ("unknown", "x"),
    ],
)
def test_a_configuration_with_a_mistake_names_the_field(field: str, value: str) -> None:
    assert [problem.severity for problem in configuration(**{field: value})] == ["error"]


def test_source_and_name_are_required() -> None:
    assert [(problem.field, problem.message) for problem in problems_in(SEND_EVENT, {})] == [
        ("actionSource", "Please specify the action source."),
        ("eventName", "Please specify the event name."),
    ]


def test_the_least_settings_are_fine() -> None:
    assert action() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actionSource", "web"),
        ("eventTime", "soon"),
        ("eventSourceUrl", "shop.example"),
        ("eventSourceUrl", "javascript:{{x}}"),
        ("customData", "{value: 1}"),
        ("customData", "[1]"),
        ("customData", "{{a}} {{b}}"),
        ("partnerName", "p"),
        ("referrerUrl", "shop.example"),
        ("customerSegmentation", "new"),
        ("pixelId", "abc"),
        ("storeData", "[1]"),
        ("attributionData", "{"),
        ("notKnown", 1),
    ],
)
def test_an_action_with_a_mistake_is_an_error(field: str, value: JSON) -> None:
    assert [problem.severity for problem in action(**{field: value})] == ["error"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("actionSource", "{{Source}}"),
        ("eventName", "{{Name}}"),
        ("eventTime", "{{Time}}"),
        ("eventSourceUrl", "{{URL}}"),
        ("eventSourceUrl", "https://shop.example/{{path}}"),
        ("customData", "{{Custom}}"),
        ("customData", '{"value": "{{Value}}"}'),
        ("customData", {"value": 1}),
        ("optOut", True),
        ("optOut", "{{Opt out}}"),
    ],
)
def test_data_elements_and_right_values_pass(field: str, value: JSON) -> None:
    assert action(**{field: value}) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("eventName", "purchase"),
        ("eventTime", "1760000000"),
        ("isTestEvent", True),
        ("optOut", "maybe"),
        ("lduEnabled", "maybe"),
        ("consent", "yes"),
        ("consentPurpose", "ads"),
        ("eventName", "AppendValue"),
    ],
)
def test_doubtful_settings_are_warned_about(field: str, value: JSON) -> None:
    assert [problem.severity for problem in action(**{field: value})] == ["warning"]


def test_a_website_needs_the_address_of_its_page() -> None:
    assert action(actionSource="website") == [
        Problem("eventSourceUrl", "Please specify the event source URL.")
    ]


def test_the_url_rule_has_the_originals_words() -> None:
    assert action(eventSourceUrl="shop.example") == [
        Problem("eventSourceUrl", "The URL must begin with http://, https:// or be a data element.")
    ]


NO_VALUE = Problem("customData.value", "A Purchase needs a value. 0 is a value too.")
NO_CURRENCY = Problem("customData.currency", "A Purchase needs a currency, such as EUR.")


@pytest.mark.parametrize(
    ("custom", "problems"),
    [
        (None, [NO_VALUE, NO_CURRENCY]),
        ("", [NO_VALUE, NO_CURRENCY]),
        ({}, [NO_VALUE, NO_CURRENCY]),
        ("{}", [NO_VALUE, NO_CURRENCY]),
        ({"order_id": "7", "value": "", "currency": None}, [NO_VALUE, NO_CURRENCY]),
        ({"value": 1}, [NO_CURRENCY]),
        ({"value": 0, "currency": " "}, [NO_CURRENCY]),
        ('{"currency": "EUR"}', [NO_VALUE]),
    ],
)
def test_a_purchase_needs_value_and_currency_each_at_its_key(
    custom: JSON, problems: list[Problem]
) -> None:
    assert action(eventName="Purchase", customData=custom) == problems


def test_only_text_that_is_no_object_is_called_invalid() -> None:
    assert action(eventName="Purchase", customData="{value: 1}") == [
        Problem("customData", "Please enter a valid JSON payload.")
    ]


@pytest.mark.parametrize("name", ["Purchase", "Lead", "{{Name}}", "MyEvent"])
@pytest.mark.parametrize(
    ("key", "value", "severity"),
    [
        ("currency", "EURO", "error"),
        ("currency", "€", "error"),
        ("currency", 978, "error"),
        ("currency", "XXZ", "warning"),
        ("value", "12,50", "error"),
        ("value", True, "error"),
        ("predicted_ltv", "much", "error"),
        ("num_items", 1.5, "error"),
        ("num_items", "two", "error"),
        ("content_type", "shoes", "warning"),
        ("delivery_category", "pigeon", "error"),
        ("contents", ["sku-1"], "error"),
        ("contents", [{"id": "sku-1", "quantity": 1, "item_price": "cheap"}], "warning"),
    ],
)
def test_a_fixed_value_that_meta_would_not_take_is_said_at_its_key(
    name: str, key: str, value: JSON, severity: str
) -> None:
    custom = {"value": 1, "currency": "EUR", key: value}

    assert found(action(eventName=name, customData=custom)) == [(f"customData.{key}", severity)]


def test_a_fixed_value_in_json_is_looked_at_too() -> None:
    assert action(customData='{"currency": "EURO"}') == [
        Problem("customData.currency", "The currency is no three-letter code.")
    ]


@pytest.mark.parametrize(
    "custom",
    [
        {"currency": "eur", "value": "12.50", "num_items": "2"},
        {"currency": "{{Currency}}", "value": "{{Value}}", "num_items": "{{Count}}"},
        {"currency": "E{{Rest}}", "content_type": "{{Type}}", "contents": "{{Contents}}"},
        {"contents": [{"id": "{{SKU}}", "quantity": "{{Count}}"}]},
        {"content_type": "product_group", "delivery_category": "in_store"},
        {"content_type": "hotel", "our_own": ["anything", {"a": None}]},
    ],
)
def test_right_values_and_those_of_data_elements_are_fine(custom: JSON) -> None:
    assert action(customData=custom) == []


@pytest.mark.parametrize(
    "custom", ["{{Custom}}", {"currency": "EUR", "value": 0}, '{"currency":"EUR","value":"{{v}}"}']
)
def test_a_purchase_with_both_or_a_data_element_is_fine(custom: JSON) -> None:
    assert action(eventName="Purchase", customData=custom) == []


def test_a_test_event_needs_its_code_or_that_of_its_environment() -> None:
    assert action(isTestEvent=True, testEventCode="TEST1") == []
    assert found(action(isTestEvent=True, testEventCode="bad code!")) == [
        ("testEventCode", "error")
    ]
    assert action(isTestEvent=True, testEventCode="{{Code}}") == []
    (problem,) = action(isTestEvent=True)

    # The environment may have a code, which nobody knows while the form is open.
    assert (problem.field, problem.severity) == ("testEventCode", "warning")
    (problem,) = action(isTestEvent=True, pixelId="2")
    assert "a pixel of its own" in problem.message


def found(problems: list[Problem]) -> list[tuple[str, str]]:
    return [(problem.field, problem.severity) for problem in problems]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("partnerAgent", "my_shop_1_0"),
        ("partnerAgent", "shop"),
        ("partnerAgent", "_1_0"),
        ("dateOrder", "year-first"),
        ("externalIdMode", "md5"),
        ("testEventCodes", {"staging": "TEST 1"}),
        ("testEventCodes", {"elsewhere": "TEST1"}),
    ],
)
def test_a_mistake_in_the_newer_settings_is_an_error(field: str, value: JSON) -> None:
    (problem,) = configuration(**{field: value})

    assert problem.severity == "error"
    assert problem.field.startswith(field)


def test_the_newer_settings_are_fine_with_right_values() -> None:
    assert (
        configuration(
            partnerAgent="shop_1_0",
            dateOrder="day-first",
            externalIdMode="as-is",
            appSecret="{{Secret}}",
            testEventCodes={"development": "TEST1", "staging": "{{Code}}"},
        )
        == []
    )


APP: dict[str, JSON] = {
    "advertiserTrackingEnabled": "{{att}}",
    "extinfo": {"version": "{{os}}", "osVersion": "{{number}}"},
}


def test_an_app_event_needs_the_tracking_choice_and_the_device() -> None:
    assert action(actionSource="app", appData=APP) == []
    assert found(action(actionSource="app")) == [
        ("appData.advertiserTrackingEnabled", "error"),
        ("appData.extinfo.version", "error"),
        ("appData.extinfo.osVersion", "error"),
    ]


def test_a_tracking_choice_of_no_is_a_choice() -> None:
    assert action(actionSource="app", appData={**APP, "advertiserTrackingEnabled": False}) == []


def test_a_list_stands_for_the_entries_of_the_device() -> None:
    app = {"advertiserTrackingEnabled": True, "extinfoList": "{{Device}}"}

    assert action(actionSource="app", appData=app) == []


def test_a_messaging_event_needs_its_channel_and_the_ids_of_it() -> None:
    event = {"actionSource": "business_messaging", "eventName": "LeadSubmitted"}
    ids = {"ctwaClid": "{{click}}", "pageId": "{{page}}"}

    assert found(action(**event)) == [("messagingChannel", "error")]
    assert found(action(**event, messagingChannel="sms")) == [("messagingChannel", "error")]
    assert found(action(**event, messagingChannel="whatsapp")) == [
        ("ctwaClid", "error"),
        ("whatsappBusinessAccountId", "error"),
    ]
    assert action(**event, messagingChannel="whatsapp", **ids) == []
    assert action(**event, messagingChannel="{{Channel}}") == []


def test_a_name_that_is_not_listed_for_messaging_is_doubtful() -> None:
    ids = {"pageId": "1", "pageScopedUserId": "2", "messagingChannel": "messenger"}

    assert found(action(actionSource="business_messaging", eventName="Lead", **ids)) == [
        ("eventName", "warning")
    ]


def test_a_country_of_limited_data_use_needs_a_state() -> None:
    assert action(lduEnabled=True) == []
    assert action(lduEnabled="{{ldu}}", lduCountry="1", lduState="1000") == []
    assert found(action(lduEnabled=True, lduCountry="1")) == [("lduState", "error")]
    assert found(action(lduEnabled=True, lduCountry="Mars")) == [("lduCountry", "error")]
    assert found(action(lduEnabled=True, lduState="Bavaria")) == [("lduState", "error")]
    assert action(lduEnabled=False, lduCountry="Mars") == []


def test_a_time_that_is_not_filled_automatically_has_to_be_given() -> None:
    off = {"eventTime": False}

    assert found(action(automatic=off)) == [("eventTime", "error")]
    assert action(automatic=off, eventTime="{{Time}}") == []


def test_a_website_event_without_a_browser_is_doubtful() -> None:
    settings: dict[str, JSON] = {
        "actionSource": "website",
        "eventSourceUrl": "{{URL}}",
        "automatic": {"clientUserAgent": False},
    }

    assert found(action(**settings)) == [("clientUserAgent", "warning")]
    assert action(**settings, clientUserAgent="{{UA}}") == []


ROW: JSON = {"id": "{{SKU}}", "quantity": 1}


def test_products_are_given_once() -> None:
    assert action(contents={"items": [ROW]}) == []
    assert action(contents={"list": "{{Products}}", "id": "sku"}) == []
    assert found(action(contents={"items": [ROW], "list": "{{Products}}"})) == [
        ("contents.list", "error")
    ]
    custom = {"contents": "{{Products}}"}
    assert found(action(customData=custom, contents={"items": [ROW]})) == [
        ("contents.items", "error")
    ]
    assert found(action(customData=custom, contents={"list": "{{Products}}"})) == [
        ("contents.list", "error")
    ]


def test_rows_of_products_need_id_and_quantity() -> None:
    (problem,) = action(contents={"items": [ROW, {"id": "a"}, {"quantity": 1}]})

    assert problem.field == "contents.items"
    assert problem.message.endswith("row 2, 3.")


@pytest.mark.parametrize(
    ("key", "cell", "words"),
    [
        ("quantity", "two", "Row 2, quantity: The value is not a number."),
        ("item_price", "1,50", "Row 2, item price: The value is not a number."),
        (
            "delivery_category",
            "pigeon",
            "Row 2, delivery category: The value must be in_store, curbside or home_delivery.",
        ),
    ],
)
def test_a_cell_that_meta_would_not_take_is_said_with_its_row(
    key: str, cell: str, words: str
) -> None:
    right = {"id": "a", "quantity": "2", "item_price": 1.5, "delivery_category": "in_store"}

    assert action(contents={"items": [right, {**right, key: cell}]}) == [
        Problem("contents.items", words)
    ]


def test_a_list_of_products_comes_from_one_data_element() -> None:
    assert found(action(contents={"list": "a, b"})) == [("contents.list", "error")]


def test_a_purchase_with_products_still_needs_currency_and_value() -> None:
    assert action(eventName="Purchase", contents={"items": [ROW]}) == [NO_VALUE, NO_CURRENCY]


def test_events_that_add_to_another_name_it() -> None:
    original = {"orderId": "{{Order}}"}

    assert found(action(eventName="AppendAttribution")) == [
        ("originalEventData.eventName", "warning"),
        ("attributionData", "warning"),
    ]
    assert action(eventName="AppendValue", originalEventData=original) == []
    assert found(action(originalEventData={"eventTime": "soon"})) == [
        ("originalEventData.eventTime", "error")
    ]


@pytest.mark.parametrize(
    "settings",
    [
        {"email": "{{e}}", "phone": ["{{p}}", "{{q}}"], "externalId": []},
        {"optOut": False, "lduEnabled": False},
        {"optOut": "{{o}}", "lduEnabled": "{{l}}", "lduState": 1000},
        {"automatic": {"fbc": False, "fbp": True}},
        {"storeData": {"a": 1}, "attributionData": "{{A}}"},
        {"pixelId": "{{Pixel}}", "accessToken": "[[SE1]]"},
        {"consent": "{{Consent}}", "consentPurpose": "ads"},
        {"customerSegmentation": "customer_in_loyalty_program"},
    ],
)
def test_the_newer_fields_are_fine_with_right_values(settings: dict[str, JSON]) -> None:
    assert action(**settings) == []


@pytest.mark.parametrize(
    ("field", "value", "severity"),
    [
        ("email", "nobody", "error"),
        ("email", ["ada@shop.example", "nobody"], "error"),
        ("phone", "abc", "error"),
        ("phone", "+49 1", "error"),
        ("phone", "1234 5678 9012 3456", "error"),
        ("country", "Atlantis", "error"),
        ("gender", "x", "error"),
        ("dob", "1997-13-32", "error"),
        ("birthMonth", "13", "error"),
        ("city", "123", "error"),
        ("leadId", "12", "error"),
        ("clientIpAddress", "10.0.0.1", "error"),
        ("fbp", "fb", "error"),
        ("fbc", "fb.1.1554763741.AbC", "warning"),
    ],
)
def test_a_fixed_value_that_cannot_be_right_is_said_beside_its_field(
    field: str, value: JSON, severity: str
) -> None:
    (problem,) = action(**{field: value})

    assert (problem.field, problem.severity) == (field, severity)
    assert "left out" not in problem.message


@pytest.mark.parametrize(
    "settings",
    [
        {"email": "Ada@Shop.example", "phone": "+49 170 1234567", "country": "Germany"},
        {"email": "{{Local}}@shop", "country": "{{Country}}", "leadId": "{{Lead}}"},
        {"email": ["{{First}}", "ada@shop.example"], "dob": "16.02.1997", "gender": "Female"},
        {"email": "a" * 64, "externalId": "0" * 32, "fbp": "fb.1.1596403881668.1116446470"},
    ],
)
def test_fixed_values_that_are_right_are_fine(settings: dict[str, JSON]) -> None:
    assert action(**settings) == []


def test_a_fixed_number_without_country_code_waits_for_the_country() -> None:
    assert action(phone="0170 1234567") == []  # the extension may have a default country
    assert action(phone="12345") == []
    assert action(phone="0170 1234567", country="{{Country}}") == []
    assert action(phone="0170 1234567", country="DE") == []
    assert found(action(phone="1234567", country="US")) == [("phone", "error")]


def test_one_mistake_in_two_values_is_said_once() -> None:
    assert found(action(email=["nobody", "no one"])) == [("email", "error")]
