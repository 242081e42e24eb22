"""Condition: the person has agreed to a purpose."""

from __future__ import annotations

from collections.abc import Iterator

from extensions.consent_values import DEFAULT_PURPOSE, grants
from extensions.contract import Compiler, Condition, Delegate, Problem, Settings
from extensions.core.texts import named
from extensions.tokens import whole_token


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that is false for whatever does not clearly grant."""
    consent = compiler.value(settings["consent"])
    purpose = (settings.get("purpose") or DEFAULT_PURPOSE).strip().lower()
    return lambda scope: grants(consent(scope), purpose)


def check(settings: Settings) -> Iterator[Problem]:
    """Find consent that no data element gives: it would be the same for everybody."""
    if whole_token(settings["consent"]) is None:
        yield Problem("consent", "Please specify a data element.")


def summarise(settings: Settings) -> str:
    """Read the condition aloud."""
    purpose = settings.get("purpose") or DEFAULT_PURPOSE
    return f"{named(settings.get('consent'))} grants {purpose}"


CONSENT = Delegate(
    id="core::conditions::consent",
    name="Consent",
    description=(
        "Return true if a person has agreed to a purpose. A missing or unclear answer is a no."
    ),
    schema={
        "type": "object",
        "properties": {
            "consent": {
                "type": "string",
                "title": "Consent",
                "description": (
                    "A data element that is true, a list of purposes, or an object of purposes, "
                    "as XDM and the web SDK have it."
                ),
                "ui": {
                    "placeholder": "{{Consent}}",
                    "error": "Please specify a data element.",
                },
            },
            "purpose": {
                "type": "string",
                "title": "Purpose",
                "default": DEFAULT_PURPOSE,
                "ui": {"picker": False, "placeholder": DEFAULT_PURPOSE},
            },
        },
        "required": ["consent"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_condition,
    check=lambda settings: tuple(check(settings)),
)
