"""A search that does not recognise what it looks for would find every place clean."""

from __future__ import annotations

import base64

import pytest

from tests.faults import marks


@pytest.mark.parametrize("before", [b"", b"a", b"ab", b"abc"])
@pytest.mark.parametrize("text", ["mark", "a mark", "the mark"])
def test_a_text_inside_base64_is_recognised(before: bytes, text: str) -> None:
    written = base64.b64encode(before + text.encode() + b" and more")
    assert any(form in written for form in marks.forms_of(text))
