"""Which identifiers of a payload its people are found by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import pytest
from django.conf import settings

from delivery import destinations
from delivery.destinations import identifiers_in
from delivery.people import MOST
from delivery.people import person_hashes as keyed
from tests.delivery.far_side import FETCH
from tests.delivery.world import META

ONE, OTHER, THIRD = (
    hashlib.sha256(text.encode()).hexdigest() for text in ("one", "other", "third")
)


def person_hashes(identifiers: Iterable[str]) -> set[bytes]:
    return keyed(settings.KEY_RING, identifiers)


class Text(str):
    """As a setting of the build may be."""

    __slots__ = ()


def test_identifiers_are_known_by_keyed_hashes_alone() -> None:
    found = person_hashes([ONE, Text(OTHER), ONE])
    assert len(found) == 2
    assert found == person_hashes([OTHER]) | person_hashes([ONE])
    assert not any(
        bytes.fromhex(hashed).startswith(one) for hashed in (ONE, OTHER) for one in found
    )


@pytest.mark.parametrize("text", ["C-4711", ONE[:-1], ONE + "0", "g" * 64, "a\ud800"])
def test_what_is_in_clear_counts_as_its_hash(text: str) -> None:
    hashed = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    assert person_hashes([text, ""]) == person_hashes([hashed]) == person_hashes([hashed.upper()])


def test_hostile_payload_fills_no_row() -> None:
    many = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2 * MOST)]
    assert person_hashes(many) == person_hashes(sorted(many)[:MOST])
    assert len(person_hashes(many)) == MOST


@pytest.mark.parametrize(
    ("user_data", "found"),
    [
        ({"em": [ONE, OTHER], "ph": [OTHER]}, [ONE, OTHER, OTHER]),
        ({"external_id": ONE, "subscription_id": "abc", "anon_id": OTHER}, [ONE, "abc", OTHER]),
        # Thousands share these: they tell nobody, and would fill every row.
        ({"fn": [ONE], "ct": [ONE], "zp": [ONE], "country": [ONE], "db": [ONE], "ge": [ONE]}, []),
        ({}, []),
    ],
)
def test_meta_finds_people_by_what_is_theirs_alone(user_data: Any, found: list[str]) -> None:
    assert identifiers_in(META, {"user_data": user_data}) == found


def test_calls_are_searched_for_hashes_wherever_they_stand() -> None:
    payload = {
        "method": "POST",
        "path": f"/people/{ONE}?x=1",
        "headers": [["X-User", THIRD]],
        "body": [f'{{"a": "{OTHER}", "longer": "{ONE}0"}}', {"secret": "secret_1", "json": True}],
    }
    assert identifiers_in(FETCH, payload) == [ONE, OTHER, THIRD]


@pytest.mark.parametrize("payload", [{"user_data": {"em": 1}}, {"user_data": 1}])
def test_package_that_fails_at_it_stops_nothing(payload: dict[str, Any]) -> None:
    assert identifiers_in(META, payload) == []


def test_package_that_fails_at_it_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(destinations, "_TOLD", set())
    for _ in range(3):
        identifiers_in(META, {"user_data": {"em": 1}})
    assert [record.message.count("identifiers_not_found") for record in caplog.records] == [1]


def test_package_that_knows_nothing_of_it_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("delivery.destinations.sender_of", lambda _: object())
    assert identifiers_in(META, {"user_data": {"em": [ONE]}}) == []


def test_package_that_is_not_installed_finds_nobody() -> None:
    assert identifiers_in("gone", {"user_data": {"em": [ONE]}}) == []
