"""Condition: the person has agreed to a purpose.

Consent comes as a yes, as a list of purposes, as an object of purposes with a choice for each, or
in the forms of Adobe's web SDK and of XDM, all of them also as text. What does not clearly grant
is a no. XDM's "default yes" and "pending" are no choice of the person, and so not a grant.

Source: https://experienceleague.adobe.com/docs/experience-platform/xdm/data-types/consents.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import orjson

from extensions.contract import JSON, Compiler, Condition, Delegate, Problem, Settings
from extensions.core.texts import as_text, named
from extensions.tokens import whole_token

DEFAULT_PURPOSE = "marketing"

_YES = frozenset({"true", "yes", "1", "granted", "y", "in", "on", "allow", "allowed", "opt-in"})
_BETWEEN = re.compile(r"[,;|\n]")
_CHOICE = re.compile(r"[^=:]*[=:][^=:]*")
_LONGEST_TEXT = 4096
_DEEPEST = 6

# Where a choice may stand inside an object about one purpose.
_PLACES = ("val", "any", "granted", "value", "status")
_NEEDED = ("collect", "share")  # a no to one of these is a no to everything
_GENERAL = ("collect", "general")  # a yes to one of these is a yes to a purpose without a choice
_WRAPPERS = ("consents", "consent")


def compile_condition(settings: Settings, compiler: Compiler) -> Condition:
    """Compile to a callable that is false for whatever does not clearly grant."""
    consent = compiler.value(settings["consent"])
    purpose = (settings.get("purpose") or DEFAULT_PURPOSE).strip().lower()
    return lambda scope: grants(consent(scope), purpose)


def grants(value: JSON, purpose: str, depth: int = 0) -> bool:
    """Whether a value grants the purpose, which is in lower case. Never raises."""
    if depth > _DEEPEST:
        return False
    if isinstance(value, dict):
        return _object_grants(value, purpose, depth)
    if isinstance(value, list):
        return any(_item_grants(item, purpose, depth) for item in value)
    if isinstance(value, str):
        return _text_grants(value.strip(), purpose, depth)
    return _is_yes(value)


def _is_yes(value: JSON) -> bool:
    text = as_text(value)
    return text is not None and text.strip().lower() in _YES


def _text_grants(text: str, purpose: str, depth: int) -> bool:
    if len(text) > _LONGEST_TEXT:
        return False
    if text.startswith(("{", "[")):
        return grants(_parsed(text), purpose, depth + 1)
    items = [item.strip() for item in _BETWEEN.split(text)]
    # As in the cookie of Adobe's web SDK: general=in
    choices = [re.split("[=:]", item) for item in items if _CHOICE.fullmatch(item)]
    if choices:
        by_name = {name.strip(): choice.strip() for name, choice in choices}
        return _object_grants(by_name, purpose, depth)
    return _is_yes(text) or purpose in map(str.lower, items)


def _parsed(text: str) -> JSON:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _item_grants(item: JSON, purpose: str, depth: int) -> bool:
    """Whether an item of a list names the purpose, or is an object that grants it."""
    if isinstance(item, str):
        return item.strip().lower() == purpose
    return isinstance(item, dict) and _object_grants(item, purpose, depth + 1)


def _object_grants(choices: dict[str, JSON], purpose: str, depth: int) -> bool:
    by_name = {name.lower(): choice for name, choice in choices.items()}
    for wrapper in _WRAPPERS:
        if isinstance(by_name.get(wrapper), dict | list):
            return grants(by_name[wrapper], purpose, depth + 1)
    if "standard" in by_name:  # an entry of the web SDK's setConsent
        return grants(by_name.get("value"), purpose, depth + 1)
    if any(name in by_name and not _chosen(by_name[name], depth) for name in _NEEDED):
        return False
    if purpose in by_name:
        return _chosen(by_name[purpose], depth)
    return any(name in by_name and _chosen(by_name[name], depth) for name in _GENERAL)


def _chosen(choice: JSON, depth: int) -> bool:
    """Whether what stands beside a purpose is a yes."""
    if not isinstance(choice, dict):
        return _is_yes(choice)
    inner = (choice[place] for place in _PLACES if place in choice)
    return depth <= _DEEPEST and any(_chosen(item, depth + 1) for item in inner)


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
