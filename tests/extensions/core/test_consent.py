"""Consent: what grants a purpose, and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.consent_values import grants
from extensions.core.consent import CONSENT
from tests.extensions.core.making import errors, json_values, patient, run


def is_granted(value: Any, **settings: Any) -> bool:
    """Whether the condition is met for consent that a data element gives."""
    met = run(CONSENT, {"consent": "{{Consent}}", **settings}, {"Consent": value})
    assert isinstance(met, bool)
    return met


def sdk(value: Any) -> Any:
    """Return consent as the web SDK's setConsent has it."""
    return [{"standard": "Adobe", "version": "2.0", "value": value}]


GRANTED: list[Any] = [
    True, 1, "true", "TRUE", " yes ", "1", "y", "granted", "in", "on", "allow", "opt-in",
    ["marketing"], ["analytics", "Marketing"], "marketing", "analytics,marketing",
    "analytics; MARKETING", "analytics|marketing", "analytics\nmarketing",
    {"marketing": True}, {"Marketing": "yes"}, {"marketing": {"val": "y"}},
    {"marketing": {"any": {"val": "y"}}}, {"marketing": {"granted": True}},
    {"marketing": {"status": "granted"}}, {"marketing": {"email": {"val": "n"}, "val": "y"}},
    {"consents": {"marketing": {"any": {"val": "y"}}}}, {"consent": ["marketing"]},
    {"collect": {"val": "y"}}, {"general": "in"}, "general=in", "analytics=out;marketing=in",
    "marketing:granted", {"collect": {"val": "y"}, "marketing": {"val": "y"}},
    sdk({"marketing": {"val": "y"}}), sdk({"general": "in"}), sdk({"collect": {"val": "y"}}),
    json.dumps({"marketing": True}), json.dumps(["marketing"]),
    json.dumps(sdk({"marketing": {"val": "y"}})),
]  # fmt: skip
DENIED: list[Any] = [
    None, False, 0, 2, "", "false", "no", "n", "out", "0", "pending", "maybe", "true, really",
    [], ["analytics"], [True], ["marketing_no"], "analytics", "marketing no", {},
    {"marketing": False}, {"marketing": "no"}, {"marketing": None}, {"marketing": {}},
    {"marketing": []}, {"marketing": ["y"]}, {"marketing": {"val": "n"}},
    {"marketing": {"val": "p"}}, {"marketing": {"val": "dy"}}, {"marketing": {"email": "y"}},
    {"marketing": {"any": {"val": "n"}}}, {"analytics": True}, {"general": "out"}, "general=out",
    {"collect": {"val": "n"}, "marketing": {"val": "y"}},
    {"share": {"val": "n"}, "marketing": {"val": "y"}}, {"share": {"val": "y"}},
    {"collect": {"val": "y"}, "marketing": {"val": "n"}}, {"general": "in", "marketing": "no"},
    {"consents": {"marketing": {"any": {"val": "n"}}}, "marketing": True},
    {"standard": "Adobe", "marketing": True}, sdk({"general": "out"}), sdk(None),
    "{marketing: true}", "[" * 1000, "marketing," * 1000, json.dumps({"marketing": False}),
    "a=b=c", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("value", GRANTED, ids=repr)
def test_consent_that_grants(value: Any) -> None:
    assert is_granted(value) is True


@pytest.mark.parametrize("value", DENIED, ids=lambda value: repr(value)[:60])
def test_whatever_does_not_clearly_grant_is_a_no(value: Any) -> None:
    assert is_granted(value) is False


@pytest.mark.parametrize(
    ("purpose", "expected"), [("analytics", True), (" Analytics ", True), ("marketing", False)]
)
def test_purpose_may_be_another(purpose: str, expected: bool) -> None:
    assert is_granted({"analytics": True, "marketing": False}, purpose=purpose) is expected


@pytest.mark.parametrize("consent", ["", "true", "{{A}} {{B}}"])
def test_form_asks_for_a_data_element(consent: str) -> None:
    assert errors(CONSENT, {"consent": consent}) == [("consent", "Please specify a data element.")]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"consent": "{{Consent}}"}, "Consent grants marketing"),
        ({"consent": "{{CMP}}", "purpose": "analytics"}, "CMP grants analytics"),
    ],
)
def test_condition_reads_itself_aloud(settings: Any, words: str) -> None:
    assert CONSENT.summarise(settings) == words


_keys = st.sampled_from(
    ["marketing", "Marketing", "collect", "share", "general", "consents", "consent", "standard",
     "value", "val", "any", "granted", "status", "other"]
)  # fmt: skip
_answers = st.sampled_from(
    [True, False, None, 0, 1, "y", "n", "in", "out", "yes", "pending", "marketing", "general=in",
     "marketing:no", "a,marketing", '{"marketing": true}', '["marketing"]']
)  # fmt: skip
consents = st.recursive(
    _answers,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=8,
)


@patient
@given(value=json_values | consents)
def test_consent_says_yes_or_no_to_anything(value: Any) -> None:
    assert grants(value, "marketing") in (True, False)


@patient
@given(value=consents)
def test_consent_reads_the_same_from_its_text(value: Any) -> None:
    if isinstance(value, dict | list):
        assert grants(json.dumps(value), "marketing") is grants(value, "marketing")


def test_nesting_without_end_is_a_no() -> None:
    value: Any = {"marketing": True}
    for _ in range(5_000):
        value = {"consents": value}
    assert grants(value, "marketing") is False
