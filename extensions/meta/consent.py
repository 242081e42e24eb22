"""The consent gate: nothing of an event is looked at before its person has agreed.

Consent comes in many shapes: a yes, a list of purposes, an object of purposes, or one of the
forms of Adobe's web SDK and of XDM. What does not clearly grant is a no, a missing value
included. XDM's "default yes" and "pending" are no choice of the person, and so not a grant.

Source: https://experienceleague.adobe.com/docs/experience-platform/xdm/data-types/consents.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

import orjson

from extensions.contract import JSON, Compiler, Scope, Settings
from extensions.meta.inputs import setting
from extensions.meta.refusals import Refusal
from extensions.meta.values import as_text, encodable

Gate = Callable[[Scope], None]

DEFAULT_PURPOSE = "marketing"

_GRANTED = frozenset({"true", "yes", "1", "granted", "y", "in", "on", "allow", "allowed", "opt-in"})
_SEPARATORS = re.compile(r"[,;|\n]")
_ASSIGNMENT = re.compile(r"[=:]")
_DEEPEST = 6
_LONGEST_TEXT = 4096

# Where a choice may stand inside an object about one purpose.
_CHOICES = ("val", "any", "granted", "value", "status")
# Whoever says no to one of these has said no to sending anything to anybody.
_BASIC = ("collect", "share")
# A yes to these covers a purpose that is not named.
_GENERAL = ("collect", "general")


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


def grants(value: JSON, purpose: str) -> bool:
    """Whether the value grants the purpose, given in small letters. Never raises."""
    return _grants(value, purpose, 0)


def _grants(value: JSON, purpose: str, depth: int) -> bool:
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return _object_grants(value, purpose, depth)
    if isinstance(value, list):
        return any(_item_grants(item, purpose, depth) for item in value)
    if isinstance(value, str):
        return _text_grants(value, purpose, depth)
    return _is_yes(value)


def _is_yes(value: JSON) -> bool:
    if isinstance(value, bool):
        return value
    text = as_text(value)
    return text is not None and text.lower() in _GRANTED


def _text_grants(text: str, purpose: str, depth: int) -> bool:
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        return False
    if text[:1] in ("{", "["):
        return _grants(_parsed(text), purpose, depth + 1)
    items = [item.strip() for item in _SEPARATORS.split(text)]
    choices = dict(pair for item in items if (pair := _pair(item)))
    if choices:
        return _object_grants(choices, purpose, depth)
    return _is_yes(text) or any(item.lower() == purpose for item in items)


def _pair(item: str) -> tuple[str, str] | None:
    """Take ``general=in``, as in the consent cookie of Adobe's web SDK, apart."""
    name, *choice = _ASSIGNMENT.split(item)
    return (name.strip(), choice[0].strip()) if len(choice) == 1 else None


def _parsed(text: str) -> JSON:
    try:
        return orjson.loads(encodable(text))
    except orjson.JSONDecodeError:
        return None


def _item_grants(item: JSON, purpose: str, depth: int) -> bool:
    """Whether an item of a list names the purpose, or is a set of choices that grants it."""
    if isinstance(item, str):
        return item.strip().lower() == purpose
    return isinstance(item, dict) and _object_grants(item, purpose, depth + 1)


def _object_grants(choices: dict[str, JSON], purpose: str, depth: int) -> bool:
    named = {key.lower(): value for key, value in choices.items() if isinstance(key, str)}
    for wrapper in ("consents", "consent"):
        if isinstance(named.get(wrapper), dict | list):
            return _grants(named[wrapper], purpose, depth + 1)
    if "standard" in named:  # one entry of the web SDK's setConsent
        return _grants(named.get("value"), purpose, depth + 1)
    if any(basic in named and not _chosen(named[basic], depth) for basic in _BASIC):
        return False
    if purpose in named:
        return _chosen(named[purpose], depth)
    return any(general in named and _chosen(named[general], depth) for general in _GENERAL)


def _chosen(choice: JSON, depth: int) -> bool:
    """Whether what stands beside a purpose is a yes."""
    if not isinstance(choice, dict):
        return _is_yes(choice)
    if depth > _DEEPEST:
        return False
    return any(_chosen(choice[key], depth + 1) for key in _CHOICES if key in choice)
