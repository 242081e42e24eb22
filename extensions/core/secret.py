"""Data element: a secret of the environment the build runs in.

It never gives the secret itself, only a reference that delivery resolves in the moment of a
request, so no payload, trace or message can hold a token.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Self

from extensions.contract import Compiler, ComponentError, Delegate, Problem, Resolver, Settings

STAGES = ("development", "staging", "production")
REFERENCE = re.compile(r"\[\[(SE[0-9a-f]{32})\]\]")


class SecretRef(str):
    """Text by which the build itself names a secret: a reference, or a sealed value.

    An event may hold text that looks the same, so that only this type is ever opened. It is made
    by the Secret element, and by the engine of a setting that holds no token. Whatever is put
    together from it, or changed, is plain text again.
    """

    __slots__ = ()

    def strip(self, chars: str | None = None, /) -> Self:
        """Return it as it is: extensions trim what they are given, and here is nothing to trim."""
        return self


def reference(secret_id: str) -> SecretRef:
    """Return what stands for a secret wherever its value may not be."""
    return SecretRef(f"[[{secret_id}]]")


def referred(value: str) -> str | None:
    """Return the secret's id when the value is a reference, else None."""
    match = REFERENCE.fullmatch(value)
    return match[1] if match else None


def secret_for(settings: Settings, stage: str) -> str | None:
    """Return the id of the secret chosen for a stage."""
    chosen = settings.get("secrets", {}).get(stage)
    return chosen["id"] if chosen else None


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives the reference of the build's stage."""
    chosen = secret_for(settings, compiler.stage)
    stage = compiler.stage
    if chosen is None:

        def refuse(_scope: object) -> str:
            raise ComponentError(f"No secret is chosen for {stage}.")

        return refuse
    value = reference(chosen)
    return lambda _scope: value


def check(settings: Settings) -> Iterator[Problem]:
    """Find an element without any secret."""
    if not any(secret_for(settings, stage) for stage in STAGES):
        yield Problem("secrets.development", "Choose a secret for at least one environment.")


def _stage_field(stage: str) -> Settings:
    return {
        "type": "object",
        "title": f"{stage.capitalize()} Secret",
        "properties": {
            "id": {"type": "string", "minLength": 1},
            "name": {"type": "string", "minLength": 1},
        },
        "required": ["id", "name"],
        "additionalProperties": False,
        "ui": {"widget": "secret-reference", "stage": stage},
    }


SECRET = Delegate(
    id="core::dataElements::secret",
    name="Secret",
    description="A secret of the environment, for fields such as an access token.",
    schema={
        "type": "object",
        "properties": {
            "secrets": {
                "type": "object",
                "title": "Secrets",
                "properties": {stage: _stage_field(stage) for stage in STAGES},
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
        "ui": {
            "example": {
                "secrets": {"production": {"id": f"SE{'0' * 32}", "name": "Token of the shop"}}
            }
        },
    },
    summarise=lambda settings: ", ".join(
        chosen["name"] for chosen in settings.get("secrets", {}).values()
    ),
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
    failures=("No secret is chosen for ….",),
)
