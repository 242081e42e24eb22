"""Query Parameter: what the query of a URL says, decoded once."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.core.query_parameter import QUERY_PARAMETER
from tests.extensions.core.making import errors, json_values, patient, run, scope


def read(url: Any, name: str = "utm_source", **more: Any) -> Any:
    """Return what the element finds in a URL given by another data element."""
    settings = {"name": name, "source": "element", "url": "{{URL}}", **more}
    return run(QUERY_PARAMETER, settings, {"URL": url})


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("https://shop.example/?utm_source=mail", "mail"),
        ("https://shop.example/a?b=1&utm_source=mail&c=2", "mail"),
        ("?utm_source=mail", "mail"),
        ("/path?utm_source=mail#utm_source=no", "mail"),
        ("https://shop.example/?utm_source=", ""),
        ("https://shop.example/?utm_source", ""),
        ("https://shop.example/?utm_source=a=b", "a=b"),
        ("https://shop.example/?utm_source=a%20b+c", "a b c"),
        ("https://shop.example/?utm_source=%2520", "%20"),  # decoded once
        ("https://shop.example/?utm%5Fsource=mail", "mail"),
        ("https://shop.example/?utm_source=%26%3D%23", "&=#"),
        ("https://shop.example/?utm_source=gr%C3%BCn", "grün"),
        ("https://shop.example/?utm_source=grün", "grün"),
        ("https://shop.example/?utm_source=%FF", "\ufffd"),
        ("https://shop.example/?utm_source=%zz%", "%zz%"),
        ("https://shop.example/?utm_source=a%00b", "a\ufffdb"),  # NUL cannot be stored
        ("https://shop.example/?utm_source=a?b", "a?b"),
        ("https://shop.example/?&&utm_source=mail&", "mail"),
        ("https://shop.example/?utm_source=one&utm_source=two", "one"),
        ("https://shop.example/?utm_source=a;b", "a;b"),
        ("https://shop.example/?UTM_SOURCE=mail", None),
        ("https://shop.example/?xutm_source=mail", None),
        ("https://shop.example/?utm_source%3Dmail", None),
        ("https://shop.example/utm_source=mail", None),
        ("https://shop.example/#?utm_source=mail", None),
        ("utm_source=mail", None),
        ("https://shop.example/?", None),
        ("", None),
        (None, None),
        (5, None),
        (["?utm_source=mail"], None),
    ],
)
def test_parameter_of_a_url(url: Any, value: str | None) -> None:
    assert read(url) == value


@pytest.mark.parametrize(
    ("url", "value"),
    [
        ("?a=1&b=2&a=&a=3", ["1", "", "3"]),
        ("?a=1", ["1"]),
        ("?b=1", None),
        (None, None),
    ],
)
def test_all_values_are_a_list(url: Any, value: Any) -> None:
    assert read(url, "a", values="all") == value


@pytest.mark.parametrize("name", ["utm_source", "UTM_Source"])
def test_name_may_be_found_in_any_case(name: str) -> None:
    assert read("?Utm_SOURCE=Mail", name, caseInsensitive=True) == "Mail"


def test_page_is_read_where_nothing_else_is_asked_for() -> None:
    page = {"xdm": {"web": {"webPageDetails": {"URL": "https://shop.example/?fbclid=IwAR"}}}}
    assert run(QUERY_PARAMETER, {"name": "fbclid"}, at=scope(page)) == "IwAR"
    assert run(QUERY_PARAMETER, {"name": "fbclid"}, at=scope({"xdm": {"web": "no"}})) is None


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, ("name", "Please specify the name of a parameter.")),
        ({"name": ""}, ("name", "Please specify the name of a parameter.")),
        (
            {"name": "a", "source": "element"},
            ("url", "Please specify a URL, or a data element that gives one."),
        ),
        ({"name": "a", "source": "moon"}, ("source", "Choose one of the offered values.")),
    ],
)
def test_form_asks_for_what_is_missing(settings: Any, problem: tuple[str, str]) -> None:
    assert errors(QUERY_PARAMETER, settings) == [problem]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"name": "gclid"}, "query parameter “gclid” of the page"),
        (
            {"name": "gclid", "source": "element", "url": "{{Referrer}}"},
            "query parameter “gclid” of Referrer",
        ),
    ],
)
def test_element_reads_itself_aloud(settings: Any, words: str) -> None:
    assert QUERY_PARAMETER.summarise(settings) == words


@patient
@given(pairs=st.lists(st.tuples(st.sampled_from("abA"), st.text(max_size=8)), max_size=6))
def test_what_was_encoded_comes_back(pairs: list[tuple[str, str]]) -> None:
    url = f"https://shop.example/?{urlencode(pairs)}#b"
    # The database holds no NUL, so it comes back as the sign for what cannot be shown.
    expected = [value.replace("\0", "\ufffd") for name, value in pairs if name == "a"]
    assert read(url, "a", values="all") == (expected or None)
    assert read(url, "a") == next(iter(expected), None)


@patient
@given(url=st.text(alphabet="a=&?#%+0fé\ud800", max_size=20) | json_values)
def test_any_url_gives_text_or_nothing(url: Any) -> None:
    assert isinstance(read(url, "a"), str | None)
