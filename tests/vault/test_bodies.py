"""Bodies come back as they were, from whatever version stored them, and take little room."""

import hashlib
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from vault import CannotOpen, KeyRing, UnknownKey, pack, unpack, unpack_text
from vault import dictionaries as kept
from vault.dictionaries import __main__ as making
from vault.dictionaries.samples import samples

RING = KeyRing([b"k" * 32])
# What was stored can be read only with these very bytes.
FROZEN = {1: "ac66f174c5f9d975d7cc4cf6f7eac02204fe2e89cf1ab90a5162fe4119ce1526"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_value_comes_back(value: Any) -> None:
    assert unpack(RING, pack(RING, value, "here"), "here") == value


def test_text_comes_back_to_the_byte() -> None:
    text = b'{"b" : 1,\n "a":2.50}'
    assert unpack_text(RING, pack(RING, text, "here"), "here") == text


@pytest.mark.parametrize("number", kept.NUMBERS)
def test_what_any_dictionary_was_used_for_can_be_read(number: int) -> None:
    dictionary = zstandard.ZstdCompressionDict(kept.path_of(number).read_bytes())
    assert dictionary.dict_id() == kept.id_of(number)
    for text in samples(1, seed=3):
        frame = zstandard.ZstdCompressor(dict_data=dictionary).compress(text)
        assert unpack_text(RING, RING.seal(frame, "here"), "here") == text


def test_what_was_stored_before_there_were_dictionaries_can_be_read() -> None:
    frame = zstandard.ZstdCompressor(level=1).compress(b'{"event":{}}')
    assert unpack(RING, RING.seal(frame, "here"), "here") == {"event": {}}


def test_what_a_newer_version_stored_waits_for_it() -> None:
    made = zstandard.train_dictionary(4096, list(samples(10)), dict_id=kept.id_of(99))
    frame = zstandard.ZstdCompressor(dict_data=made).compress(b'{"event":{}}')
    with pytest.raises(UnknownKey):
        unpack(RING, RING.seal(frame, "here"), "here")


@pytest.mark.parametrize("frame", [b"", b"abc", zstandard.ZstdCompressor().compress(b"x" * 99)[:9]])
def test_what_is_no_frame_is_damaged(frame: bytes) -> None:
    with pytest.raises(CannotOpen) as raised:
        unpack(RING, RING.seal(frame, "here"), "here")
    assert not isinstance(raised.value, UnknownKey)


def test_dictionaries_stay_as_they_are() -> None:
    assert {
        number: hashlib.sha256(kept.path_of(number).read_bytes()).hexdigest()
        for number in kept.NUMBERS
    } == FROZEN


def test_new_texts_of_the_usual_shapes_take_little_more_than_half_the_room() -> None:
    texts = list(samples(2, seed=4))
    alone = sum(len(zstandard.ZstdCompressor(level=1).compress(text)) for text in texts)
    packed = sum(len(pack(RING, text, "here")) for text in texts)
    assert packed < 0.62 * alone  # 33 bytes of each are the seal


def test_samples_are_the_same_each_time_and_nobodys() -> None:
    texts = list(samples(1))
    assert texts == list(samples(1)) != list(samples(1, seed=2))
    assert all(isinstance(orjson.loads(text), dict) for text in texts)


def test_making_never_writes_over_a_dictionary(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(making, "path_of", lambda number: tmp_path / f"{number}.zdict")
    monkeypatch.setattr(making, "_HUNDREDS", 10)
    monkeypatch.setattr(sys, "argv", ["dictionaries", "7"])
    making.main()
    made = (tmp_path / "7.zdict").read_bytes()
    assert zstandard.ZstdCompressionDict(made).dict_id() == kept.id_of(7)
    with pytest.raises(FileExistsError):
        making.main()
    assert (tmp_path / "7.zdict").read_bytes() == made
