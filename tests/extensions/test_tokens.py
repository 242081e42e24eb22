"""Tokens are found wherever they stand, and a whole one is told from an embedded one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.tokens import names_in, whole_token
from tests.extensions.core.making import patient

_names = st.text(min_size=1).filter(lambda name: name.strip() and not set(name) & set("{}"))


@pytest.mark.parametrize(
    ("setting", "names"),
    [
        ("", []),
        ("plain", []),
        ("{{A}}", ["A"]),
        ("{{ A }}", ["A"]),
        ("{{Event Type}}", ["Event Type"]),
        ("x {{A}} y {{B}} {{A}}", ["A", "B", "A"]),
        ("{{A}}{{B}}", ["A", "B"]),
        ("{{größe}}", ["größe"]),
        ("{{line\nbreak}}", ["line\nbreak"]),
        ("{A} {{}} {{{A}} }} {{", ["A"]),
        ("{{A {{B}}", ["B"]),
        (5, []),
        (None, []),
        (True, []),
        (["{{A}}", 5, ["{{B}}"]], ["A", "B"]),
        ({"a": "{{A}}", "b": {"c": ["x{{C}}"]}}, ["A", "C"]),
        ({"{{A}}": "b"}, []),
    ],
)
def test_names_are_found_in_order(setting: Any, names: list[str]) -> None:
    assert list(names_in(setting)) == names


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("{{A}}", "A"),
        ("  {{ A }}\n", "A"),
        ("{{A}}.", None),
        ("{{A}}{{B}}", None),
        ("{{{A}}}", None),
        ("{{}}", None),
        ("A", None),
        ("", None),
        (5, None),
        (None, None),
        (["{{A}}"], None),
    ],
)
def test_only_a_setting_that_is_one_token_is_whole(setting: Any, name: str | None) -> None:
    assert whole_token(setting) == name


@patient
@given(_names)
def test_any_name_without_braces_can_be_referred_to(name: str) -> None:
    assert whole_token(f"{{{{{name}}}}}") == name.strip()


@patient
@given(st.text())
def test_a_whole_token_is_the_only_name_in_its_setting(setting: str) -> None:
    name = whole_token(setting)
    assert name is None or list(names_in(setting)) == [name]
