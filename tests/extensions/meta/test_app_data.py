"""App events: the tracking choices, the sixteen entries about the device, and the rest."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.contract import JSON
from extensions.meta.app_data import EXTINFO_ENTRIES
from tests.extensions.meta.making import codes, refused, sent

ENTRIES = {"version": "a2", "osVersion": "15"}


def settings(**app: JSON) -> dict[str, JSON]:
    return {
        "actionSource": "app",
        "appData": {"advertiserTrackingEnabled": True, "extinfo": ENTRIES, **app},
    }


def app_data(settings: dict[str, JSON], data: dict[str, JSON] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = sent(settings, data).payload["app_data"]
    return found


def test_there_are_sixteen_entries_and_missing_ones_are_empty_text() -> None:
    assert len(EXTINFO_ENTRIES) == 16
    assert app_data(settings())["extinfo"] == ["a2", "", "", "", "15", *[""] * 11]


@pytest.mark.parametrize(
    ("platform", "version"),
    [("a2", "a2"), ("A2", "a2"), ("Android", "a2"), ("i2", "i2"), ("iOS", "i2")],
)
def test_the_platform_has_two_names(platform: str, version: str) -> None:
    entries = {"version": "{{os}}", "osVersion": "{{number}}"}
    found = app_data(settings(extinfo=entries), {"os": platform, "number": 18.1})

    assert found["extinfo"][0] == version
    assert found["extinfo"][4] == "18.1"


@pytest.mark.parametrize(
    "given",
    [["i2", None, "", 7, "18.1"], '["i2", null, "", 7, "18.1"]', ["i2", "", "", "7", "18.1"]],
)
def test_a_list_gives_all_entries_at_once(given: JSON) -> None:
    found = app_data(settings(extinfoList="{{list}}", extinfo={}), {"list": given})

    assert found["extinfo"] == ["i2", "", "", "7", "18.1", *[""] * 11]


def test_single_entries_stand_over_those_of_the_list() -> None:
    entries = {"osVersion": "{{number}}", "timeZone": "Europe/Berlin"}
    found = app_data(
        settings(extinfoList="{{list}}", extinfo=entries),
        {"list": ["i2", "", "", "", "17"], "number": None},
    )

    assert found["extinfo"][4] == "17"  # the entry gave nothing on this event
    assert found["extinfo"][15] == "Europe/Berlin"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("not json", "no list"),
        ({"version": "i2"}, "no list"),
        (7, "no list"),
        (["i2"] * 17, "17 entries"),
        (["web", "", "", "", "1"], "platform"),
        (["", "", "", "", "1"], "platform"),
        (["i2", "", "", "", " "], "operating system is empty"),
        (["i2"], "operating system is empty"),
    ],
)
def test_device_information_that_meta_refuses_is_refused_here(given: JSON, words: str) -> None:
    result = refused(settings(extinfoList="{{list}}", extinfo={}), {"list": given})

    assert result.code == "invalid_extinfo"
    assert words in result.message


@pytest.mark.parametrize(
    ("value", "sent_as"),
    [(True, 1), (False, 0), ("1", 1), (0, 0), ("yes", 1), ("maybe", 0), ({"a": 1}, 0)],
)
def test_the_tracking_choice_is_a_0_or_a_1_and_in_doubt_a_0(value: JSON, sent_as: int) -> None:
    found = app_data(settings(advertiserTrackingEnabled="{{att}}"), {"att": value})

    assert found["advertiser_tracking_enabled"] == sent_as
    assert type(found["advertiser_tracking_enabled"]) is int


def test_an_unclear_choice_is_said() -> None:
    send = sent(settings(advertiserTrackingEnabled="{{att}}"), {"att": "maybe"})

    assert "tracking_unclear" in codes(send.notices)


def test_the_other_parameters_are_sent_where_they_have_a_value() -> None:
    found = app_data(
        settings(
            campaignIds="{{campaign}}",
            installReferrer="utm=1",
            installerPackage="{{none}}",
            vendorId="V-1",
            windowsAttributionId="",
            urlSchemes=["shop", "{{schemes}}"],
            applicationTrackingEnabled=False,
        ),
        {"campaign": "AbC", "schemes": "shop2"},
    )

    assert found["campaign_ids"] == "AbC"
    assert found["install_referrer"] == "utm=1"
    assert found["vendor_id"] == "V-1"
    assert found["url_schemes"] == ["shop", "shop2"]
    assert found["application_tracking_enabled"] == 0
    assert not {"installer_package", "windows_attribution_id"} & found.keys()


def test_app_data_of_another_source_is_left_out_with_a_notice() -> None:
    send = sent({**settings(), "actionSource": "email"})

    assert "app_data" not in send.payload
    assert codes(send.notices) == ["app_data_left_out"]
