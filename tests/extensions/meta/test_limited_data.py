"""Limited Data Use: the switch, and country and state."""

from __future__ import annotations

import pytest

from extensions.contract import JSON
from tests.extensions.meta.making import codes, sent

KEYS = (
    "data_processing_options",
    "data_processing_options_country",
    "data_processing_options_state",
)
REQUEST = {"ip": "203.0.113.7"}


def options(settings: dict[str, JSON], data: dict[str, JSON] | None = None) -> tuple[JSON, ...]:
    payload = sent(settings, data, request=REQUEST).payload
    return tuple(payload.get(key) for key in KEYS)


@pytest.mark.parametrize("value", [True, "true", "1", 1, "YES", "on"])
def test_a_yes_limits(value: JSON) -> None:
    assert options({"lduEnabled": "{{ldu}}"}, {"ldu": value}) == (["LDU"], 0, 0)


@pytest.mark.parametrize("value", [False, "false", "0", 0, "No", "off"])
def test_a_no_leaves_all_three_out(value: JSON) -> None:
    send = sent({"lduEnabled": "{{ldu}}", "lduCountry": "1"}, {"ldu": value})

    assert not send.payload.keys() & set(KEYS)


@pytest.mark.parametrize("setting", [False, "", None])
def test_a_switch_that_is_off_has_no_step_at_all(setting: JSON) -> None:
    assert options({"lduEnabled": setting, "lduCountry": "1", "lduState": "1000"}) == (None,) * 3


@pytest.mark.parametrize("value", [None, "", "maybe", 7, ["LDU"], {"a": 1}])
def test_a_value_that_cannot_be_read_limits_and_is_said(value: JSON) -> None:
    send = sent({"lduEnabled": "{{ldu}}"}, {"ldu": value}, request=REQUEST)

    assert send.payload["data_processing_options"] == ["LDU"]
    assert "limited_data_use_unclear" in codes(send.notices)


@pytest.mark.parametrize(
    ("country", "state", "codes_sent"),
    [
        (1, 1000, (1, 1000)),
        ("1", "1000", (1, 1000)),
        ("US", "California", (1, 1000)),
        ("usa", "ca", (1, 1000)),
        ("United States", "US-TX", (1, 1005)),
        ("us", "new  jersey", (1, 1010)),
        ("", "RI", (1, 1013)),  # a state says its country
        ("0", "0", (0, 0)),
        ("1", "1099", (1, 1099)),  # Meta's pages differ about the list
    ],
)
def test_country_and_state_are_read_as_numbers_names_and_letters(
    country: JSON, state: JSON, codes_sent: tuple[int, int]
) -> None:
    settings = {"lduEnabled": True, "lduCountry": "{{c}}", "lduState": "{{s}}"}
    if country == "":
        del settings["lduCountry"]

    assert options(settings, {"c": country, "s": state}) == (["LDU"], *codes_sent)


@pytest.mark.parametrize(
    ("country", "state", "code"),
    [
        ("Germany", "0", "invalid_ldu_country"),
        (44, "0", "invalid_ldu_country"),
        ("1", "Bavaria", "invalid_ldu_state"),
        ("1", ["CA"], "invalid_ldu_state"),
    ],
)
def test_what_cannot_be_read_is_left_to_meta_and_said(
    country: JSON, state: JSON, code: str
) -> None:
    settings = {"lduEnabled": True, "lduCountry": "{{c}}", "lduState": "{{s}}"}
    send = sent(settings, {"c": country, "s": state}, request=REQUEST)

    assert send.payload["data_processing_options_state"] == 0
    assert code in codes(send.notices)


def test_a_country_without_a_state_is_said() -> None:
    send = sent({"lduEnabled": True, "lduCountry": "1"}, request=REQUEST)

    assert send.payload["data_processing_options_state"] == 0
    assert "limited_data_use_without_state" in codes(send.notices)


def test_without_an_address_meta_cannot_find_the_state() -> None:
    assert "limited_data_use_without_ip" in codes(sent({"lduEnabled": True}).notices)
    settings = {"lduEnabled": True, "lduState": "CA"}
    assert "limited_data_use_without_ip" not in codes(sent(settings).notices)
