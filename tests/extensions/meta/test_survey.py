"""What many payloads show together."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from extensions.contract import JSON
from extensions.meta.survey import MISSING, SHARED, survey

IP = "203.0.113.7"
HASH = "ab" * 32

Payload = dict[str, JSON]


def payload(number: int, **user: JSON) -> Payload:
    """Return the event of one person of many, with changed user data; None takes a key out."""
    data: Payload = {
        "em": [f"em{number}"],
        "ph": [f"ph{number}"],
        "external_id": [f"id{number}"],
        "fbp": f"fb.1.1596403881668.{number}",
        "fbc": f"fb.1.1596403881668.click{number}",
        "client_ip_address": f"2001:db8::{number:x}",
        "client_user_agent": "Mozilla/5.0",
    }
    return {
        "event_name": "Purchase",
        "event_id": f"order-{number}",
        "action_source": "website",
        "user_data": {key: value for key, value in (data | user).items() if value is not None},
    }


def many(count: int, change: Callable[[int], Payload]) -> list[Payload]:
    """Return 40 events, of which the first `count` are as `change` makes them."""
    return [change(n) if n < count else payload(n) for n in range(40)]


def found(payloads: list[Payload]) -> list[str]:
    """Return the codes of what is said."""
    return [notice.code for notice in survey(payloads)]


def test_nothing_is_said_about_good_events_or_none() -> None:
    assert survey([]) == ()
    assert survey(many(0, payload)) == ()


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("client_ip_address", IP, "ip_address_shared"),
        ("em", [HASH], "email_shared"),
        ("ph", [HASH], "phone_shared"),
        ("external_id", [HASH], "external_id_shared"),
        ("fbp", "fb.1.1596403881668.1", "browser_id_shared"),
    ],
)
def test_one_value_of_many_people_is_found_counted_and_not_quoted(
    key: str, value: JSON, code: str
) -> None:
    (notice,) = survey(many(13, lambda n: payload(n, **{key: value})))

    assert (notice.code, notice.field) == (code, f"user_data.{key}")
    assert notice.message.startswith("13 of 40 events have one and the same ")
    assert str(value) not in notice.message
    assert HASH not in notice.message


def test_ten_people_make_a_value_suspect_nine_do_not() -> None:
    assert found(many(10, lambda n: payload(n, client_ip_address=IP))) == ["ip_address_shared"]
    assert found(many(9, lambda n: payload(n, client_ip_address=IP))) == []


def test_a_busy_person_shares_a_value_with_nobody() -> None:
    def same(number: int) -> Payload:
        return {**payload(1), "event_id": f"order-{number}"}

    assert found(many(30, same)) == []


def test_a_small_part_of_the_events_is_no_pattern() -> None:
    shared = [payload(n, client_ip_address=IP) for n in range(12)]
    others = [payload(n) for n in range(100, 300)]

    assert found(shared + others) == []


def test_people_are_told_apart_by_any_id_but_the_one_looked_at() -> None:
    def only_email(number: int) -> Payload:
        return payload(number, em=[HASH], ph=None, external_id=None)

    def nameless(number: int) -> Payload:
        return payload(number, em=[HASH], ph=None, external_id=None, fbp=None)

    assert found(many(20, only_email)) == ["email_shared"]
    assert "email_shared" not in found(many(20, nameless))


def test_an_event_id_on_several_events_of_one_name_is_counted() -> None:
    def repeated(number: int) -> Payload:
        return {**payload(number), "event_id": f"order-{number % 2}"}

    (notice,) = survey(many(5, repeated))

    assert (notice.code, notice.field) == ("event_id_repeated", "event_id")
    assert notice.message.startswith("5 of 40 events have the event id of another one")
    assert "order-" not in notice.message


def test_a_repeated_event_id_is_found_among_few_events_too() -> None:
    assert found([payload(1), {**payload(2), "event_id": "order-1"}]) == ["event_id_repeated"]


def test_one_event_id_may_stand_on_events_of_different_names() -> None:
    assert found([payload(1), {**payload(1), "event_name": "AddToCart"}]) == []


def test_messaging_events_are_never_matched_by_id() -> None:
    event = {**payload(1), "action_source": "business_messaging"}
    assert found([event, event]) == []


def test_ids_that_are_all_ours_are_remarked() -> None:
    def ours(number: int) -> Payload:
        made = uuid.UUID(int=(number << 80) | (7 << 76) | (2 << 62) | number)
        return {**payload(number), "event_id": made.hex}

    def without(number: int) -> Payload:
        return {**payload(number), "event_id": ""}

    for make in (ours, without):
        (notice,) = survey(many(40, make))
        assert notice.code == "no_own_event_ids"
        assert notice.message.startswith("All 40 website and app events came without")
        assert found(many(39, make)) == []


@pytest.mark.parametrize(
    ("key", "code", "fewest"),
    [
        ("fbp", "browser_id_often_missing", 10),
        ("fbc", "click_id_never_there", 40),
        ("client_ip_address", "ip_address_often_missing", 10),
        ("client_user_agent", "user_agent_often_missing", 10),
    ],
)
def test_what_is_too_often_missing_is_counted(key: str, code: str, fewest: int) -> None:
    def lacking(number: int) -> Payload:
        return payload(number, **{key: None})

    (notice,) = survey(many(fewest, lacking))
    words = "All 40" if fewest == 40 else f"{fewest} of 40"

    assert (notice.code, notice.field) == (code, f"user_data.{key}")
    assert notice.message.startswith(f"{words} website events have no ")
    assert found(many(fewest - 1, lacking)) == []


def test_only_website_events_are_asked_for_what_a_browser_has() -> None:
    def of_store(number: int) -> Payload:
        bare = payload(number, fbp=None, fbc=None, client_ip_address=None, client_user_agent=None)
        return {**bare, "action_source": "physical_store"}

    assert found(many(40, of_store)) == []


def test_shares_say_nothing_about_a_few_events() -> None:
    few = [payload(n, fbp=None, em=[HASH], client_ip_address=IP) for n in range(19)]
    assert found(few) == []


def test_every_rule_has_a_code_of_its_own() -> None:
    codes = [rule.code for rule in (*SHARED, *MISSING)]
    assert len(set(codes)) == len(codes)
