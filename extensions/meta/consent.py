"""The consent gate: nothing of an event is looked at before its person has agreed."""

from __future__ import annotations

from collections.abc import Callable

from extensions.consent_values import DEFAULT_PURPOSE, grants
from extensions.contract import Compiler, Scope, Settings
from extensions.meta.inputs import setting
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text

Gate = Callable[[Scope], None]


def compile_gate(settings: Settings, compiler: Compiler) -> Gate | None:
    """Return what refuses the events of people who have not agreed; None without a gate."""
    template = setting(settings, "consent")
    if template is None or template == "":
        return None
    consent = compiler.value(template)
    purpose = (as_text(setting(settings, "consentPurpose")) or DEFAULT_PURPOSE).lower()

    def gate(scope: Scope) -> None:
        if not grants(consent(scope), purpose):
            raise Refusal("consent_denied", f"The purpose is “{purpose}”.")

    return gate
