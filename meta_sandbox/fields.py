"""What one field may hold: a predicate, the words for it, and the problem when it does not hold.

The predicates take any JSON value, never raise, and never see more of the event than the value.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from meta_sandbox.problems import PARAMETER, Finding, Problem

JsonObject: TypeAlias = dict[str, Any]
Predicate: TypeAlias = Callable[[object], bool]

SHA256_OF_NOTHING = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
LONGEST_SHORT_TEXT = 200
LONGEST_IP_ADDRESS = 45

_SHA256 = re.compile(r"[0-9a-f]{64}")
# Meta's newer libraries append a fifth part to both cookies; the two-letter tags are its old form.
_APPENDIX = r"(?:\.(?:[A-Za-z0-9_-]{8}|AQ|Ag|Aw|BA|BQ|Bg))?"
_FBC = re.compile(r"fb\.[0-9]\.[0-9]{13}\.[^.\s\x00-\x1f]+" + _APPENDIX)
_FBP = re.compile(r"fb\.[0-9]\.[0-9]{13}\.[0-9]+" + _APPENDIX)
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_PARTNER_AGENT = re.compile(r"[A-Za-z0-9._-]+_[0-9]+_[0-9]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """What a field may hold. `expected` completes the sentence "must be ..."."""

    holds: Predicate
    expected: str
    problem: Problem = PARAMETER

    def broken(self, key: str) -> Finding:
        """The finding for a value that does not hold; it names the field and never the value."""
        return Finding(self.problem, (key,), f"must be {self.expected}")


def one_of(*values: str) -> Rule:
    """A rule for a closed list of words."""
    allowed = frozenset(values)
    return Rule(
        lambda value: isinstance(value, str) and value in allowed, f"one of {', '.join(values)}"
    )


def one_of_numbers(*values: int) -> Rule:
    """A rule for a closed list of integers."""
    return Rule(
        lambda value: is_integer(value) and value in values, f"one of {', '.join(map(str, values))}"
    )


def list_of(holds: Predicate, *, at_least: int = 0) -> Predicate:
    """A predicate for lists whose every item holds."""
    return lambda value: (
        isinstance(value, list) and len(value) >= at_least and all(map(holds, value))
    )


def one_or_many(holds: Predicate) -> Predicate:
    """A predicate for a single value, or a list of at least one."""
    many = list_of(holds, at_least=1)
    return lambda value: holds(value) or many(value)


def is_text(value: object) -> bool:
    """A string with something in it."""
    return isinstance(value, str) and bool(value.strip())


def is_short_text(value: object) -> bool:
    """Text of at most 200 characters."""
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_SHORT_TEXT


def is_boolean(value: object) -> bool:
    """True or false, not 1 or 0."""
    return isinstance(value, bool)


def is_integer(value: object) -> bool:
    """A JSON number without a fraction; Python's booleans are integers, JSON's are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Any JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_object(value: object) -> bool:
    """A JSON object."""
    return isinstance(value, dict)


def is_text_or_integer(value: object) -> bool:
    """An id: an item of content_ids, or one of attribution_data."""
    return is_text(value) or is_integer(value)


def is_text_or_boolean(value: object) -> bool:
    """Meta's documentation and its library differ about the type of custom_data.status."""
    return is_text(value) or is_boolean(value)


def is_digest(value: object) -> bool:
    """64 lowercase hexadecimal digits, whatever they are the digest of."""
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def is_hash(value: object) -> bool:
    """A lowercase SHA-256 hex digest of something."""
    return is_digest(value) and value != SHA256_OF_NOTHING


def is_share(value: object) -> bool:
    """A number from 0 to 1."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def is_external_id(value: object) -> bool:
    """Text that need not be hashed, but is not the hash of nothing."""
    return is_text(value) and value != SHA256_OF_NOTHING


def is_ip_address(value: object) -> bool:
    """An IPv4 or IPv6 address, without port, brackets, zone or spaces."""
    if not isinstance(value, str) or len(value) > LONGEST_IP_ADDRESS or "%" in value:
        return False
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def is_fbc(value: object) -> bool:
    """``fb.{index}.{milliseconds}.{click id}``, with or without Meta's appendix."""
    return isinstance(value, str) and _FBC.fullmatch(value) is not None


def is_fbp(value: object) -> bool:
    """``fb.{index}.{milliseconds}.{random number}``, with or without Meta's appendix."""
    return isinstance(value, str) and _FBP.fullmatch(value) is not None


def is_partner_agent(value: object) -> bool:
    """``name_major_minor``, as Meta asks platforms to name themselves."""
    return isinstance(value, str) and _PARTNER_AGENT.fullmatch(value) is not None


def is_lead_id(value: object) -> bool:
    """An integer of 15 or 16 digits."""
    return isinstance(value, int) and 10**14 <= value < 10**16


def is_currency_shape(value: object) -> bool:
    """Three letters, in either case."""
    return isinstance(value, str) and _CURRENCY.fullmatch(value) is not None


def is_extinfo(value: object) -> bool:
    """Sixteen strings: a2 or i2 first, the OS version at index 4 not empty."""
    if not isinstance(value, list) or len(value) != 16:
        return False
    if not all(isinstance(item, str) for item in value):
        return False
    return value[0] in ("a2", "i2") and bool(value[4].strip())
