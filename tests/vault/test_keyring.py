"""The key ring seals, opens only where it should, and rotates."""

import pytest

import vault
from vault import CannotOpen, KeyRing

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_was_sealed_opens_in_its_own_context() -> None:
    ring = KeyRing([OLD])
    assert ring.open(ring.seal(b"token", "a"), "a") == b"token"


def test_a_ciphertext_copied_to_another_place_does_not_open() -> None:
    ring = KeyRing([OLD])
    with pytest.raises(CannotOpen):
        ring.open(ring.seal(b"token", "a"), "b")


def test_a_damaged_value_does_not_open() -> None:
    ring = KeyRing([OLD])
    sealed = bytearray(ring.seal(b"token", "a"))
    sealed[-1] ^= 1
    with pytest.raises(CannotOpen):
        ring.open(bytes(sealed), "a")


def test_an_old_value_opens_after_a_key_is_added_in_front() -> None:
    sealed = KeyRing([OLD]).seal(b"token", "a")
    assert KeyRing([NEW, OLD]).open(sealed, "a") == b"token"


def test_a_new_value_is_sealed_with_the_newest_key() -> None:
    sealed = KeyRing([NEW, OLD]).seal(b"token", "a")
    with pytest.raises(CannotOpen):
        KeyRing([OLD]).open(sealed, "a")


def test_search_hashes_stay_when_a_key_is_added() -> None:
    assert KeyRing([OLD]).fingerprint("x", "email") == KeyRing([NEW, OLD]).fingerprint("x", "email")


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_a_ring_without_a_proper_key_is_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys)


def test_sealed_text_shows_its_last_four_and_nothing_else() -> None:
    sealed = vault.seal_text(KeyRing([OLD]), "EAAB-secret-1234", "PR1")
    assert vault.mask(sealed) == "•••••1234"
    assert "secret" not in sealed
    assert vault.open_text(KeyRing([OLD]), sealed, "PR1") == "EAAB-secret-1234"


def test_a_short_value_shows_nothing() -> None:
    assert vault.mask(vault.seal_text(KeyRing([OLD]), "12345678", "PR1")) == "•••••"


@pytest.mark.parametrize("broken", ["sealed:", "sealed:x:y", "sealed:!:!"])
def test_a_broken_sealed_text_is_refused_and_still_masked(broken: str) -> None:
    with pytest.raises(CannotOpen):
        vault.open_text(KeyRing([OLD]), broken, "PR1")
    assert vault.mask(broken).startswith("•••••")


def test_a_body_comes_back_as_it_was() -> None:
    body = {"event": {"xdm": {"a": [1, None, "é"]}}}
    assert vault.unpack(KeyRing([OLD]), vault.pack(KeyRing([OLD]), body, "e"), "e") == body
