"""What a value says about a person's consent to a purpose.

Consent comes in many shapes: a yes, a list of purposes, an object of purposes with a choice for
each, or one of the forms of Adobe's web SDK and of XDM, all of them also as text. What does not
clearly grant is a no, a missing value included, and where a value contradicts itself the no wins.
XDM's "default yes" and "pending" are no choice of the person, and so not a grant.

Source: https://experienceleague.adobe.com/docs/experience-platform/xdm/data-types/consents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import orjson

from extensions.contract import JSON

DEFAULT_PURPOSE = "marketing"

_GRANTED = frozenset({"true", "yes", "1", "granted", "y", "in", "on", "allow", "allowed", "opt-in"})
_SEPARATORS = re.compile(r"[,;|\n]")
_ASSIGNMENT = re.compile(r"[=:]")
_DEEPEST = 6
_LONGEST_TEXT = 4096

# Where a choice may stand inside an object about one purpose.
_CHOICES = frozenset({"val", "any", "granted", "value", "status"})
# A yes to these covers a purpose that is not named; whoever says no to one of them, or to
# sharing, has said no to sending anything to anybody.
_GENERAL = frozenset({"collect", "general"})
_SHARE = "share"
_WRAPPERS = frozenset({"consents", "consent"})
# One entry of the web SDK's setConsent is told by the first, and holds the choice in the second.
_STANDARD, _VALUE = "standard", "value"

Said = bool | None
"""A yes, a no, or nothing at all about the purpose."""


def grants(value: JSON, purpose: str) -> bool:
    """Whether the value grants the purpose, given in small letters. Never raises."""
    return _said(value, purpose, 0) is True


def _said(value: JSON, purpose: str, depth: int) -> Said:
    if depth > _DEEPEST:
        return False
    if isinstance(value, str):
        return _text_said(value.strip(), purpose, depth)
    if isinstance(value, dict):
        return _agreed(_choices(value, purpose, depth))
    if isinstance(value, list):
        return _agreed(_item_said(item, purpose, depth) for item in value)
    return _is_yes(value)


def _agreed(answers: Iterable[Said]) -> Said:
    """Whether all that say anything say yes."""
    said = {answer for answer in answers if answer is not None}
    return False not in said if said else None


def _is_yes(value: JSON) -> bool:
    if isinstance(value, str):
        return value.strip().lower() in _GRANTED
    return isinstance(value, bool | int | float) and value == 1


def _text_said(text: str, purpose: str, depth: int) -> Said:
    if len(text) > _LONGEST_TEXT:
        return False
    if text.startswith(("{", "[")):
        return _said(_parsed(text), purpose, depth)
    items = _SEPARATORS.split(text)
    pairs = [pair for item in items if (pair := _pair(item))]
    if pairs:
        return _agreed(_agreed(_choices(pair, purpose, depth)) for pair in pairs)
    return _is_yes(text) or any(item.strip().lower() == purpose for item in items)


def _parsed(text: str) -> JSON:
    try:
        return orjson.loads(text.encode("utf-8", "ignore"))  # JSON may hold lone surrogates
    except orjson.JSONDecodeError:
        return None


def _pair(item: str) -> dict[str, JSON] | None:
    """Take ``general=in``, as in the consent cookie of Adobe's web SDK, apart."""
    name, *choice = _ASSIGNMENT.split(item)
    return {name: choice[0]} if len(choice) == 1 else None


def _item_said(item: JSON, purpose: str, depth: int) -> Said:
    """Return what an item of a list says: the name of a purpose, or a set of choices."""
    if isinstance(item, str) and (pair := _pair(item)):
        item = pair
    if isinstance(item, dict):
        return _said(item, purpose, depth + 1)
    return True if isinstance(item, str) and item.strip().lower() == purpose else None


def _choices(choices: dict[str, JSON], purpose: str, depth: int) -> Iterator[Said]:
    named = [(str(key).strip().lower(), choice) for key, choice in choices.items()]
    names = {name for name, _ in named}
    is_entry = _STANDARD in names
    if is_entry and _VALUE not in names:
        yield False
    for name, choice in named:
        if name == purpose or name in _GENERAL:
            yield _is_chosen(choice, depth)
        elif name in _WRAPPERS or (is_entry and name == _VALUE):
            yield _said(choice, purpose, depth + 1) is True
        elif name == _SHARE and not _is_chosen(choice, depth):
            yield False


def _is_chosen(choice: JSON, depth: int) -> bool:
    """Whether what stands beside a purpose is a yes, in each of its places."""
    if not isinstance(choice, dict):
        return _is_yes(choice)
    if depth > _DEEPEST:
        return False
    places = [inner for key, inner in choice.items() if str(key).lower() in _CHOICES]
    return bool(places) and all(_is_chosen(inner, depth + 1) for inner in places)
