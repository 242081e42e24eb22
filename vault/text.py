"""Sealed text: a secret that stands inside JSON settings and shows nothing but its last four."""

from __future__ import annotations

import base64

from vault.keyring import CannotOpen, KeyRing

_PREFIX = "sealed:"
_SHOWN = 4
_LONG_ENOUGH = 9  # shorter values show nothing, or the mask would give half of them away


def seal_text(ring: KeyRing, value: str, context: str) -> str:
    """Return ``sealed:<last four>:<base64>``."""
    shown = value[-_SHOWN:] if len(value) >= _LONG_ENOUGH else ""
    hint = base64.urlsafe_b64encode(shown.encode()).decode()
    sealed = base64.urlsafe_b64encode(ring.seal(value.encode(), context)).decode()
    return f"{_PREFIX}{hint}:{sealed}"


def is_sealed(value: object) -> bool:
    """Whether the value is text that `seal_text` made."""
    return isinstance(value, str) and value.startswith(_PREFIX)


def open_text(ring: KeyRing, sealed: str, context: str) -> str:
    """Return the text that was sealed.

    Raises:
        CannotOpen: it is damaged, of another context, or its key has left the ring.
    """
    try:
        return ring.open(base64.urlsafe_b64decode(sealed.split(":")[2]), context).decode()
    except (IndexError, ValueError) as error:
        raise CannotOpen("This is not a sealed value.") from error


def mask(sealed: str) -> str:
    """Return what a person may see of it: five dots and the last four characters."""
    try:
        hint = base64.urlsafe_b64decode(sealed.split(":")[1]).decode()
    except (IndexError, ValueError):
        hint = ""
    return f"•••••{hint}"
