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


@pytest.mark.parametrize(
    "custom", [None, "", {}, {"value": 1}, {"currency": "EUR"}, {"currency": "", "value": 1}]
)
def test_a_purchase_needs_currency_and_value(custom: JSON) -> None:
    (problem,) = action(eventName="Purchase", customData=custom)

    assert problem.field == "customData"
    assert '"currency" and "value"' in problem.message


@pytest.mark.parametrize(
    "custom", ["{{Custom}}", {"currency": "EUR", "value": 0}, '{"currency":"EUR","value":"{{v}}"}']
)
def test_a_purchase_with_both_or_a_data_element_is_fine(custom: JSON) -> None:
    assert action(eventName="Purchase", customData=custom) == []


def test_a_test_event_needs_its_code_or_that_of_its_environment() -> None:
    assert action(isTestEvent=True, testEventCode="TEST1") == []
    (problem,) = action(isTestEvent=True)

    # The environment may have a code, which nobody knows while the form is open.
    assert (problem.field, problem.severity) == ("testEventCode", "warning")
