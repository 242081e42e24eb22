"""Data element: a secret of the environment the build runs in.

A stage with several environments may have one for each: a list of them in place of the one. Which
of them is whose, only the rooms above know; a build holds the one of its environment.

It never gives the secret itself, only a reference that delivery resolves in the moment of a
request, so no payload, trace or message can hold a token.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
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


def listed(chosen: Settings | list[Settings] | None) -> list[Settings]:
    """Return what a stage's setting holds: nothing, one secret, or a list of them."""
    if isinstance(chosen, list):
        return chosen
    return [chosen] if chosen else []


def chosen_for(settings: Settings, stage: str) -> list[Settings]:
    """Return the secrets chosen for a stage, at most one for each of its environments."""
    return listed(settings.get("secrets", {}).get(stage))


def all_chosen(settings: Settings) -> list[Settings]:
    """Return the secrets chosen for any stage."""
    return [chosen for stage in STAGES for chosen in chosen_for(settings, stage)]


def secret_for(settings: Settings, stage: str) -> str | None:
    """Return the id of the secret chosen for a stage; of several the first, whosever it is."""
    chosen = chosen_for(settings, stage)
    return chosen[0]["id"] if chosen else None


def narrowed(settings: Settings, stage: str, secrets: Container[str]) -> Settings:
    """Return the settings with the one secret of a stage that is among an environment's own.

    `secrets` are the ids of those. Where none is among them the settings stay as they are, for
    the build to say so.
    """
    chosen = chosen_for(settings, stage)
    own = next((one for one in chosen if one["id"] in secrets), None)
    if own is None:
        return settings
    return {**settings, "secrets": {**settings["secrets"], stage: own}}


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
    if not all_chosen(settings):
        yield Problem("secrets.development", "Choose a secret for at least one environment.")


_CHOSEN: Settings = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string", "minLength": 1},
    },
    "required": ["id", "name"],
    "additionalProperties": False,
}


def _stage_field(stage: str) -> Settings:
    return {
        **_CHOSEN,
        # Of this stage alone a property may have several environments.
        **({"type": ["object", "array"], "items": _CHOSEN} if stage == "development" else {}),
        "title": f"{stage.capitalize()} Secret",
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
    summarise=lambda settings: ", ".join(chosen["name"] for chosen in all_chosen(settings)),
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
    failures=("No secret is chosen for ….",),
)
