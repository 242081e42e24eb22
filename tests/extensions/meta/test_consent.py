"""The consent gate: what grants, what does not, and that nothing is looked at before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extensions.contract import JSON
from extensions.meta.consent import grants
from extensions.meta.package import SEND_EVENT
from tests.extensions.meta.making import SETTINGS, LiteralCompiler, refused, scope, sent

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


def test_another_purpose_may_be_asked_for() -> None:
    settings = {"consent": "{{consent}}", "consentPurpose": "ad_storage"}

    sent(settings, {"consent": {"ad_storage": "granted", "analytics_storage": "denied"}})
    refused(settings, {"consent": {"marketing": True}})


def test_without_agreement_the_event_is_refused_and_the_purpose_named() -> None:
    result = refused({"consent": "{{consent}}"}, {"consent": ["analytics"]})

    assert result.code == "consent_denied"
    assert "marketing" in result.message
    assert "analytics" not in result.message


def test_a_consent_that_is_missing_is_a_no() -> None:
    assert refused({"consent": "{{consent}}"}).code == "consent_denied"


def test_an_empty_setting_is_no_gate() -> None:
    sent({"consent": ""})


def test_nothing_is_looked_at_before_the_person_has_agreed() -> None:
    looked_at: list[str] = []

    class Watching(LiteralCompiler):
        def value(self, template: JSON) -> Any:
            resolve = super().value(template)

            def watched(of: Any) -> JSON:
                looked_at.append(template)
                return resolve(of)

            return watched

    action = SEND_EVENT.compile({**SETTINGS, "consent": "{{consent}}"}, Watching())
    action(scope({"consent": False}))

    assert looked_at == ["{{consent}}"]


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
