"""Values of events as text, and settings as words: what several delegates of Core share.

Nothing in here raises, whatever an event holds.
"""

from __future__ import annotations

from extensions.contract import JSON
from extensions.core.javascript import is_number, to_text
from extensions.tokens import names_in, whole_token

_SHOWN = 40  # characters of a setting that a summary quotes


def as_text(value: JSON) -> str | None:
    """Write text, a number or a boolean as text; None for anything else.

    Numbers are written as JavaScript writes them (10.0 is ``10``), booleans as true and false.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return to_text(value) if is_number(value) else None


def encodable(text: str) -> str:
    """Take out lone surrogates: JSON may hold them, UTF-8 and so hashes and RE2 cannot."""
    return text if text.isascii() else text.encode("utf-8", "ignore").decode()


def storable(text: str) -> str:
    """Replace NUL, which no database takes as text, as the collector does with what comes in.

    Decoding brings it back.
    """
    return text.replace("\0", "\ufffd")


def has_token(setting: JSON) -> bool:
    """Whether the setting holds a data element, nested values included."""
    return next(names_in(setting), None) is not None


def shown(setting: JSON) -> str:
    """Say a setting in a sentence: a data element by its name, anything else in quotes."""
    text = as_text(setting) or ""
    name = whole_token(text)
    if name is not None:
        return name
    return f"“{text[:_SHOWN]}…”" if len(text) > _SHOWN else f"“{text}”"


def named(setting: JSON) -> str:
    """Say a setting that should be one data element: its name, or … while there is none."""
    return str(setting or "").strip("{} ") or "…"
