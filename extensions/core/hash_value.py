"""Data element: the hash of a value."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from extensions.contract import (
    JSON,
    Compiler,
    ComponentError,
    Delegate,
    Problem,
    Resolver,
    Settings,
)
from extensions.core.secret import SecretRef
from extensions.core.texts import as_text, encodable, shown

_SHA256 = "sha256"
_NO_SECRET = "A secret cannot be hashed: it is known only when a request is made."  # noqa: S105 - words
# The two weak ones are for ids that another system has hashed so already, never for protection.
_HASHES: dict[str, tuple[str, Callable[[bytes], str]]] = {
    _SHA256: ("SHA-256", lambda text: hashlib.sha256(text).hexdigest()),
    "sha1": ("SHA-1", lambda text: hashlib.sha1(text, usedforsecurity=False).hexdigest()),
    "md5": ("MD5", lambda text: hashlib.md5(text, usedforsecurity=False).hexdigest()),
}


def compile_element(settings: Settings, compiler: Compiler) -> Resolver:
    """Compile to a callable that gives lower-case hex; nothing for what is missing or empty."""
    value = compiler.value(settings["value"])
    _, digest = _HASHES[settings.get("algorithm", _SHA256)]
    tidy = settings.get("tidy", False)

    def of(raw: JSON) -> str | None:
        if isinstance(raw, SecretRef):
            raise ComponentError(_NO_SECRET)
        text = as_text(raw)
        if text is not None and tidy:
            text = text.strip().lower()
        return digest(encodable(text).encode()) if text else None

    return lambda scope: of(value(scope))


def check(settings: Settings) -> Iterator[Problem]:
    """Warn of an algorithm that neither protects anybody nor serves Meta."""
    algorithm = settings.get("algorithm", _SHA256)
    if algorithm != _SHA256:
        yield Problem(
            "algorithm",
            f"{_HASHES[algorithm][0]} is for ids that another system hashes in the same way. It "
            "does not protect personal data, and Meta takes SHA-256 only.",
            "warning",
        )


def summarise(settings: Settings) -> str:
    """Say what is hashed, and how."""
    label, _ = _HASHES.get(settings.get("algorithm", _SHA256), ("hash", None))
    return f"{label} of {shown(settings.get('value'))}"


HASH = Delegate(
    id="core::dataElements::hash",
    name="Hash",
    description=(
        "The hash of a value, as 40, 32 or 64 hex digits. Fields that Meta wants hashed are "
        "hashed without it."
    ),
    schema={
        "type": "object",
        "properties": {
            "value": {
                "type": "string",
                "minLength": 1,
                "title": "Value",
                "description": "A list, an object or a missing value has no hash.",
                "ui": {
                    "placeholder": "{{Customer Number}}",
                    "error": "Please specify a value.",
                },
            },
            "algorithm": {
                "type": "string",
                "title": "Algorithm",
                "enum": list(_HASHES),
                "default": _SHA256,
                "ui": {
                    "widget": "select",
                    "options": [[key, label] for key, (label, _) in _HASHES.items()],
                },
            },
            "tidy": {
                "type": "boolean",
                "title": "Trim and lowercase first",
                "ui": {"widget": "checkbox"},
            },
        },
        "required": ["value"],
        "additionalProperties": False,
    },
    summarise=summarise,
    compile=compile_element,
    check=lambda settings: tuple(check(settings)),
    failures=(_NO_SECRET,),
)
