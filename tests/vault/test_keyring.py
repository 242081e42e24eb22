"""The key ring seals, opens only where it should, and rotates."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import vault
from vault import CannotOpen, KeyRing, UnknownKey

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


def test_value_of_a_key_that_is_not_in_the_ring_is_told_from_a_damaged_one() -> None:
    sealed = KeyRing([NEW]).seal(b"token", "a")
    with pytest.raises(UnknownKey):
        KeyRing([OLD]).open(sealed, "a")
    for damaged in (b"", b"x", sealed[:5], b"x" + sealed[1:]):
        with pytest.raises(CannotOpen) as raised:
            KeyRing([OLD]).open(damaged, "a")
        assert not isinstance(raised.value, UnknownKey)


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


@pytest.mark.parametrize("divider", ["\n", "\r\n", "  \n\n", " "])
def test_keys_are_read_one_to_a_line_newest_first(divider: str) -> None:
    text = divider.join(base64.b64encode(key).decode() for key in (NEW, OLD))
    sealed = KeyRing.from_text(text).seal(b"token", "a")
    assert KeyRing([NEW]).open(sealed, "a") == b"token"


@pytest.mark.parametrize(
    "text",
    ["", "canary", "canary!", base64.b64encode(b"canary").decode(), "é" * 44, "c" * 43],
)
def test_text_that_is_no_key_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"^An encryption key") as caught:
        KeyRing.from_text(text)
    assert "canary" not in str(caught.value)


def test_no_value_is_sealed_the_same_way_twice() -> None:
    ring = KeyRing([OLD])
    assert ring.seal(b"token", "a") != ring.seal(b"token", "a")


@pytest.mark.parametrize("sealed", [b"", b"\x01", b"\x01" * 17, b"\x02" * 60])
def test_anything_else_does_not_open(sealed: bytes) -> None:
    with pytest.raises(CannotOpen):
        KeyRing([OLD]).open(sealed, "a")


def test_value_does_not_open_after_its_key_has_left_the_ring() -> None:
    sealed = KeyRing([OLD]).seal(b"token", "a")
    with pytest.raises(CannotOpen):
        KeyRing([NEW]).open(sealed, "a")


def test_equal_values_of_two_contexts_have_different_fingerprints() -> None:
    ring = KeyRing([OLD])
    assert ring.fingerprint("x", "email") != ring.fingerprint("x", "phone")


def test_fingerprint_needs_the_key() -> None:
    assert KeyRing([OLD]).fingerprint("x", "email") != KeyRing([NEW]).fingerprint("x", "email")


@settings(deadline=None)
@given(st.text(), st.text())
def test_any_text_comes_back_from_its_seal(value: str, context: str) -> None:
    ring = KeyRing([OLD])
    sealed = vault.seal_text(ring, value, context)
    assert vault.is_sealed(sealed)
    assert vault.open_text(ring, sealed, context) == value


@pytest.mark.parametrize("value", ["", "EAAB", "seal:a:b", None, 5, ["sealed:"], b"sealed:"])
def test_other_values_are_not_sealed(value: object) -> None:
    assert not vault.is_sealed(value)


@pytest.mark.parametrize("broken", ["sealed:é:é", "sealed:::", "sealed:_w==:_w=="])
def test_odd_characters_in_a_sealed_text_are_refused(broken: str) -> None:
    with pytest.raises(CannotOpen):
        vault.open_text(KeyRing([OLD]), broken, "PR1")
    assert vault.mask(broken) == "•••••"


def test_body_may_be_given_as_json_already() -> None:
    ring = KeyRing([OLD])
    assert vault.unpack(ring, vault.pack(ring, b'{"a":1}', "e"), "e") == {"a": 1}


def test_body_of_another_event_does_not_open() -> None:
    ring = KeyRing([OLD])
    with pytest.raises(CannotOpen):
        vault.unpack(ring, vault.pack(ring, {"a": 1}, "event:1"), "event:2")


def test_packed_body_shows_nothing_of_itself() -> None:
    packed = vault.pack(KeyRing([OLD]), {"email": "canary@shop.example"}, "e")
    assert b"canary" not in packed


@given(st.text(), st.text())
def test_fingerprints_of_one_context_are_those_made_one_by_one(value: str, context: str) -> None:
    ring = KeyRing([NEW, OLD])
    value, context = (text.encode(errors="replace").decode() for text in (value, context))
    assert ring.fingerprints(context)(value) == ring.fingerprint(value, context)
