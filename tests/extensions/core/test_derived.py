"""Random Number, Hash and UUID: made from the event, so the same whenever it is looked at."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import ComponentError
from extensions.core.hash_value import HASH
from extensions.core.random_number import RANDOM_NUMBER
from extensions.core.secret import reference
from extensions.core.unique_id import UNIQUE_ID
from tests.extensions.core.making import errors, json_values, patient, run, scope, warnings

EVENT_IDS = [f"{number:032x}" for number in range(2_000)]


def draw(event_id: str, low: Any = 1, high: Any = 6, **settings: Any) -> int:
    """Return the number of an event."""
    number = run(RANDOM_NUMBER, {"min": low, "max": high, **settings}, at=scope(event_id=event_id))
    assert isinstance(number, int)
    return number


def test_random_number_is_the_same_for_the_same_event_in_every_release() -> None:
    assert [draw(event_id, 0, 999_999) for event_id in EVENT_IDS[:3]] == RELEASED


def test_random_numbers_are_spread_over_the_whole_range() -> None:
    counts = Counter(draw(event_id) for event_id in EVENT_IDS)
    assert set(counts) == {1, 2, 3, 4, 5, 6}
    assert min(counts.values()) > 2_000 / 6 * 0.8


def test_another_salt_draws_other_numbers() -> None:
    same = sum(draw(event_id) == draw(event_id, salt="b") for event_id in EVENT_IDS[:600])
    assert 50 < same < 150  # one in six by chance


@patient
@given(
    event_id=st.text(alphabet="0123456789abcdef", min_size=32, max_size=32),
    ends=st.tuples(st.integers(-(2**53), 2**53), st.integers(-(2**53), 2**53)),
)
def test_random_number_lies_in_its_range(event_id: str, ends: tuple[int, int]) -> None:
    low, high = sorted(ends)
    assert low <= draw(event_id, low, str(high)) <= high


NO_NUMBER = "Please enter a whole number, such as 1 or 100."


@pytest.mark.parametrize(
    ("settings", "problems"),
    [
        ({}, [("min", NO_NUMBER), ("max", NO_NUMBER)]),
        ({"min": "one", "max": 6}, [("min", NO_NUMBER)]),
        ({"min": 1, "max": 1.5}, [("max", NO_NUMBER)]),
        ({"min": 1, "max": "1.5"}, [("max", NO_NUMBER)]),
        ({"min": "", "max": 2**53 + 1}, [("min", NO_NUMBER), ("max", NO_NUMBER)]),
        ({"min": 1, "max": 1}, []),
        (
            {"min": 6, "max": "1"},
            [("max", "The largest number may not be smaller than the smallest.")],
        ),
    ],
)
def test_form_asks_for_a_range(settings: Any, problems: Any) -> None:
    assert errors(RANDOM_NUMBER, settings) == problems


# --- Hash -------------------------------------------------------------------------------------


def digest(value: Any, **settings: Any) -> Any:
    """Return the hash of a value."""
    return run(HASH, {"value": "{{Value}}", **settings}, {"Value": value})


@pytest.mark.parametrize(
    ("value", "text"),
    [("abc", "abc"), ("größe", "größe"), (" A ", " A "), (10.0, "10"), (0, "0"), (False, "false"),
     ("a\ud800b", "ab")],
)  # fmt: skip
@pytest.mark.parametrize("algorithm", ["sha256", "sha1", "md5"])
def test_hash_is_that_of_the_text(value: Any, text: str, algorithm: str) -> None:
    expected = hashlib.new(algorithm, text.encode()).hexdigest()
    assert digest(value, algorithm=algorithm) == expected


def test_hash_is_sha_256_where_nothing_else_is_asked_for() -> None:
    assert digest("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("value", [" A@B.example\n", "a@b.example"])
def test_text_may_be_tidied_before(value: str) -> None:
    assert digest(value, tidy=True) == hashlib.sha256(b"a@b.example").hexdigest()


@pytest.mark.parametrize("value", [None, "", [], ["a"], {}, float("nan")])
def test_what_is_no_text_has_no_hash(value: Any) -> None:
    assert digest(value) is None


def test_blank_text_that_is_tidied_has_no_hash() -> None:
    assert digest("  ", tidy=True) is None


def test_longer_text_is_hashed_as_a_whole() -> None:
    found = run(HASH, {"value": "{{A}}|{{B}}"}, {"A": "x", "B": None})
    assert found == hashlib.sha256(b"x|").hexdigest()


def test_secret_is_not_hashed_for_its_value_is_not_known() -> None:
    with pytest.raises(ComponentError, match="A secret cannot be hashed"):
        digest(reference("SE" + "0a" * 16))


@pytest.mark.parametrize(
    ("algorithm", "words"),
    [("sha1", "SHA-1 is for ids"), ("md5", "MD5 is for ids"), ("sha256", None)],
)
def test_form_warns_of_weak_algorithms(algorithm: str, words: str | None) -> None:
    told = warnings(HASH, {"value": "{{A}}", "algorithm": algorithm})
    assert [field for field, _ in told] == (["algorithm"] if words else [])
    assert all(message.startswith(words or "") for _, message in told)


@patient
@given(json_values)
def test_any_value_has_a_hash_or_none(value: Any) -> None:
    assert digest(value) is None or len(digest(value)) == 64


# --- UUID -------------------------------------------------------------------------------------


def make(raw: Any = None, event_id: str = EVENT_IDS[0], **settings: Any) -> Any:
    """Return the UUID of an event, or of a value where the settings say so."""
    return run(UNIQUE_ID, settings, {"Value": raw}, scope(event_id=event_id))


OF_VALUE = {"source": "element", "value": "{{Value}}"}


def test_uuid_is_the_same_in_every_release() -> None:
    assert [make(), make(name="refund"), make("A-1", **OF_VALUE)] == RELEASED_UUIDS


def test_uuid_is_one_of_version_five() -> None:
    found = uuid.UUID(make())
    assert (found.version, found.variant) == (5, uuid.RFC_4122)


def test_every_event_has_a_uuid_of_its_own() -> None:
    assert len({make(event_id=event_id) for event_id in EVENT_IDS}) == len(EVENT_IDS)


@pytest.mark.parametrize(("value", "twin"), [("5", 5), ("5", 5.0), ("true", True)])
def test_uuid_of_a_value_depends_on_its_text_only(value: Any, twin: Any) -> None:
    other = EVENT_IDS[1]
    assert make(value, **OF_VALUE) == make(twin, other, **OF_VALUE)


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_what_is_no_text_has_no_uuid(value: Any) -> None:
    assert make(value, **OF_VALUE) is None


def test_form_asks_what_the_uuid_is_made_from() -> None:
    problem = ("value", "Please specify a data element.")
    assert errors(UNIQUE_ID, {"source": "element"}) == [problem]


@pytest.mark.parametrize(
    ("delegate", "settings", "words"),
    [
        (RANDOM_NUMBER, {"min": 1, "max": 6}, "a random number from 1 to 6"),
        (HASH, {"value": "{{Customer}}"}, "SHA-256 of Customer"),
        (HASH, {"value": "{{A}}x", "algorithm": "md5"}, "MD5 of “{{A}}x”"),
        (UNIQUE_ID, {}, "a UUID of the event"),
        (UNIQUE_ID, OF_VALUE | {"value": "{{Order}}"}, "a UUID of Order"),
    ],
)
def test_element_reads_itself_aloud(delegate: Any, settings: Any, words: str) -> None:
    assert delegate.summarise(settings) == words


# Whoever changes these changes ids and groups that are already in use elsewhere.
RELEASED = [574187, 666206, 748599]
RELEASED_UUIDS = [
    "3ec92072-0248-55b9-af58-e5e40b5cfce0",
    "9eb81baf-b8e5-5f1f-8c7b-99668c61fb8e",
    "435982ef-51df-5903-b9e2-cd9b1ca9fcae",
]
