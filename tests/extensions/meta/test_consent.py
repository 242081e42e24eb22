"""The consent gate: that nothing is looked at before the person has agreed."""

from __future__ import annotations

from typing import Any

from extensions.contract import JSON
from extensions.meta.package import SEND_EVENT
from tests.extensions.meta.making import SETTINGS, LiteralCompiler, refused, scope, sent


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
