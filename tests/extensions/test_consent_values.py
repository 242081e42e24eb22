"""What grants, what does not, and that a no wins over a yes beside it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.consent_values import grants
from extensions.contract import JSON

GRANTED: list[JSON] = [
    True,
    1,
    "true",
    " YES ",
    "1",
    "granted",
    "y",
    "in",
    "marketing",
    "analytics, Marketing",
    "analytics|marketing",
    ["marketing"],
    ["analytics", " Marketing "],
    '["analytics", "marketing"]',
    {"marketing": True},
    {"Marketing": "granted", "analytics": "denied"},
    '{"marketing": "granted"}',
    "marketing=granted",
    "marketing:1, analytics:0",
    "general=in",
    {"marketing": {"val": "y"}},
    {"marketing": {"any": {"val": "y"}, "email": {"val": "n"}}},
    {"collect": {"val": "y"}},
    {"collect": {"val": "y"}, "marketing": {"val": "y"}},
    {"consents": {"collect": {"val": "y"}, "share": {"val": "y"}}},
    {"consent": [{"standard": "Adobe", "version": "1.0", "value": {"general": "in"}}]},
    [{"standard": "Adobe", "version": "2.0", "value": {"collect": {"val": "y"}}}],
]

DENIED: list[JSON] = [
    None,
    False,
    0,
    2,
    "",
    "no",
    "false",
    "denied",
    "pending",
    "no marketing",
    "nomarketing",
    "analytics",
    "{marketing",
    "general=out",
    "marketing=denied",
    "marketing=a=b",
    [],
    [True],
    ["analytics"],
    [["marketing"]],
    {},
    {"analytics": True},
    {"marketing": False},
    {"marketing": None},
    {"marketing": {}},
    {"marketing": {"val": "n"}},
    {"marketing": {"val": "dy"}},
    {"marketing": {"val": "p"}},
    {"marketing": ["y"]},
    {"collect": {"val": "n"}, "marketing": {"val": "y"}},
    {"collect": {"val": "y"}, "marketing": {"val": "n"}},
    {"share": {"val": "n"}, "marketing": {"val": "y"}},
    {"collect": {"val": "VI"}},
    {
        "standard": "IAB TCF",
        "version": "2.0",
        "value": "CO052l-O052l-DGAMBFRACBgA",
    },
    "marketing," * 1000,
]


@pytest.mark.parametrize("value", GRANTED, ids=repr)
def test_a_clear_yes_grants(value: JSON) -> None:
    assert grants(value, "marketing") is True


@pytest.mark.parametrize("value", DENIED, ids=lambda value: repr(value)[:60])
def test_everything_else_is_a_no(value: JSON) -> None:
    assert grants(value, "marketing") is False


CONTRADICTIONS: list[JSON] = [
    {"marketing": {"val": "n", "any": "y"}},
    {"marketing": {"any": "n", "val": "y"}},
    {"marketing": {"any": {"val": "n"}, "val": "y"}},
    {"marketing": {"status": "granted", "granted": False}},
    {"marketing": {"VAL": "n", "any": "y"}},
    {"Marketing": "n", "marketing": "y"},
    {"collect": "y", "general": "out"},
    {"marketing": "y", "general": "out"},
    {"consent": "denied", "marketing": True},
    {"consent": None, "marketing": True},
    {"consents": "denied", "collect": "y"},
    {"consents": {"marketing": "n"}, "consent": {"marketing": "y"}},
    {"consents": {"collect": "y"}, "marketing": "n"},
    {"standard": "Adobe", "value": {"general": "in"}, "marketing": "n"},
    [{"general": "in"}, {"general": "out"}],
    [{"standard": "Adobe", "value": {"general": "in"}}, {"standard": "Adobe", "value": "out"}],
    ["marketing", {"share": "n"}],
    ["marketing", "marketing=out"],
    "marketing=out,marketing=in",
    "marketing=in,marketing=out",
    "general=in;share=n",
    "consent=denied,marketing=in",
]


@pytest.mark.parametrize("value", CONTRADICTIONS, ids=repr)
def test_a_no_beside_a_yes_is_a_no(value: JSON) -> None:
    assert grants(value, "marketing") is False


@pytest.mark.parametrize(
    "value",
    [
        [{"analytics": "n"}, {"marketing": "y"}],
        {"analytics": "n", "marketing": "y"},
        "analytics=out,marketing=in",
        {"consent": "granted", "marketing": True},
        {"marketing": {"any": "y", "val": "y"}, "share": "y"},
    ],
    ids=repr,
)
def test_a_no_to_another_purpose_leaves_the_yes(value: JSON) -> None:
    assert grants(value, "marketing") is True


CHOICES = st.sampled_from(["y", "n", True, False, None, {"val": "y"}, {"val": "n"}, {"any": "n"}])
PLACES = st.sampled_from(["marketing", "collect", "general", "share", "consents", "consent"])


@given(choices=st.dictionaries(PLACES, CHOICES), place=PLACES, no=st.sampled_from(["n", "out"]))
def test_a_no_in_any_place_is_never_outvoted(
    choices: dict[str, JSON], place: str, no: JSON
) -> None:
    assert grants({**choices, place: no}, "marketing") is False
    assert grants([choices, {place: no}], "marketing") is False


ANY = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["marketing", "collect", "consents", "val", "any", "value"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=20,
)


@given(value=ANY)
def test_no_value_raises(value: JSON) -> None:
    assert grants(value, "marketing") in (True, False)


def test_no_depth_raises() -> None:
    deep: JSON = True
    for _ in range(5000):
        deep = {"marketing": {"value": deep}, "consents": deep}

    assert grants(deep, "marketing") is False
