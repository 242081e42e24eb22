"""How the checks read settings."""

from __future__ import annotations

from extensions.contract import JSON, Settings
from extensions.meta import server_event
from extensions.meta.inputs import is_empty, setting
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text
from extensions.tokens import names_in

# What became of the value on its way; that of a setting is still to be mended.
_OF_AN_EVENT = (", so it was left out", "; this one was left out")


def text(settings: Settings, path: str) -> str:
    """Return the setting as text; empty where there is none."""
    return as_text(setting(settings, path)) or ""


def is_given(settings: Settings, path: str) -> bool:
    """Whether the setting holds anything."""
    return not is_empty(setting(settings, path))


def said_of_a_setting(message: str) -> str:
    """Return the words about a value of an event, for a value that was typed into a setting."""
    for words in _OF_AN_EVENT:
        message = message.replace(words, "")
    return message


def has_token(value: JSON) -> bool:
    """Whether a data element decides about the value, so that it cannot be judged now."""
    return next(names_in(value), None) is not None


def source_of(settings: Settings) -> str:
    """Return the action source where it is known already; else nothing."""
    chosen = text(settings, "actionSource")
    try:
        return "" if has_token(chosen) else server_event.action_source(chosen)
    except Refusal:
        return ""
