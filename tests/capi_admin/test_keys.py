"""A start with keys that do not fit is stopped, in words; rotation goes on working."""

from __future__ import annotations

import os

import pytest

from delivery import keys
from delivery.models import KeyProof
from vault import KeyRing

pytestmark = pytest.mark.django_db

OLD, NEW, NEWER = (bytes([number]) * 32 for number in (1, 2, 3))


@pytest.fixture(autouse=True)
def first_start() -> None:
    """A database that was begun with one key."""
    KeyProof.objects.all().delete()
    keys.prove(KeyRing([OLD]))


def test_the_same_key_fits_again() -> None:
    keys.prove(KeyRing([OLD]))
    assert KeyProof.objects.count() == 1


def test_another_key_is_told_and_leaves_nothing() -> None:
    with pytest.raises(keys.WrongKeys, match="lacks a key"):
        keys.prove(KeyRing([NEW]))
    assert KeyProof.objects.count() == 1


def test_a_new_key_in_front_fits_and_is_proved_from_then_on() -> None:
    keys.prove(KeyRing([NEW, OLD]))
    keys.prove(KeyRing([NEWER, NEW, OLD]))
    assert KeyProof.objects.count() == 3


@pytest.mark.parametrize("ring", [[OLD], [NEWER, OLD]])
def test_a_key_that_was_used_for_a_while_is_missed(ring: list[bytes]) -> None:
    keys.prove(KeyRing([NEW, OLD]))
    with pytest.raises(keys.WrongKeys, match="lacks a key"):
        keys.prove(KeyRing(ring))


def test_a_new_key_at_the_end_is_told() -> None:
    with pytest.raises(keys.WrongKeys, match="go in front"):
        keys.prove(KeyRing([OLD, NEW]))


def test_no_word_gives_a_key_away() -> None:
    with pytest.raises(keys.WrongKeys) as caught:
        keys.check(KeyRing([os.urandom(32)]))
    assert OLD.hex() not in str(caught.value)


def test_a_process_with_wrong_keys_ends(settings: object) -> None:
    settings.KEY_RING = KeyRing([NEW])  # type: ignore[attr-defined]
    with pytest.raises(SystemExit):
        keys.require()
