"""Which identifiers of a payload its people are found by."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from delivery.people import MOST, person_hash, person_hashes

ONE, OTHER = (hashlib.sha256(text.encode()).hexdigest() for text in ("one", "other"))


class Text(str):
    """As a setting of the build may be."""

    __slots__ = ()


@pytest.mark.parametrize(
    "payload",
    [
        {"user_data": {"em": [ONE], "external_id": OTHER}},
        {"a": {"b": [[{"c": ONE}], OTHER]}},
        {"a": (ONE, OTHER, None, 1, 1.5, True)},
        {"a": {"b": [ONE]}, "b": Text(OTHER)},
        {"a": [ONE, ONE, OTHER]},
    ],
)
def test_identifiers_are_found_wherever_they_stand(payload: dict[str, Any]) -> None:
    assert person_hashes(orjson.dumps(payload)) == {person_hash(ONE), person_hash(OTHER)}


@pytest.mark.parametrize(
    "value", [ONE[:-1], ONE + "0", ONE.upper(), "g" * 64, f'a "{ONE}" b', None]
)
def test_what_is_no_sha256_is_no_identifier(value: Any) -> None:
    assert person_hashes(orjson.dumps({"a": value, "b": [value]})) == set()


def test_key_is_no_identifier() -> None:
    assert person_hashes(orjson.dumps({ONE: 1, "a": {OTHER: [2]}})) == set()


def test_hostile_payload_fills_no_row() -> None:
    many = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(2 * MOST)]
    assert person_hashes(orjson.dumps({"a": many})) == {
        person_hash(one) for one in sorted(many)[:MOST]
    }
