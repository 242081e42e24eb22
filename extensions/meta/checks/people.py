"""Customer information and consent."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.contract import Problem, Settings
from extensions.meta.checks.reading import has_token, is_given, text

_PARTNERS = ("partnerName", "partnerId")


def _partners(settings: Settings) -> Iterator[Problem]:
    missing = [key for key in _PARTNERS if not text(settings, key)]
    if len(missing) == 1:
        yield Problem(missing[0], "Please specify both partner fields or neither.")


def _consent(settings: Settings) -> Iterator[Problem]:
    if is_given(settings, "consent") and not has_token(settings.get("consent")):
        yield Problem(
            "consent",
            "Every event will have this same answer. Use a data element.",
            "warning",
        )
    if is_given(settings, "consentPurpose") and not is_given(settings, "consent"):
        yield Problem(
            "consent", "Without a data element here, the purpose is never looked at.", "warning"
        )


CHECKS = (_partners, _consent)
