"""Telephone numbers in the form Meta hashes: country code and number, digits only.

Most numbers need no library: an international one only loses its decoration, and a table says
whether its country has numbers of that length. `phonenumbers` is asked where national rules
matter, which is the number written without a country code and the one that kept its trunk zero.
It is many times slower than the rest of a payload together.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

import phonenumbers

from extensions.meta.values import Context, Fault, Outcome

_FEWEST_DIGITS = 7
_MOST_DIGITS = 15  # E.164
_FEWEST_DIGITS_BARE = 11  # with fewer, a national number can look like one of another country
_NORTH_AMERICA = 1
_NATIONAL_DIGITS_NORTH_AMERICA = 10

_DECORATION = str.maketrans("", "", "+-. ()/")
_EXTENSION = re.compile(r"(?:ext(?:ension)?|x)\W{0,3}\d{1,10}\s*$", re.IGNORECASE)
# As telephones write it. Where there are more of these signs, they set groups of digits apart.
_DIALLED_EXTENSION = re.compile(r"([^#,;]*)[#,;]{1,3} {0,3}\d{1,10}\s*")
_AREA_CODE_BEGINS = frozenset("23456789")
_CODES = frozenset(map(str, phonenumbers.COUNTRY_CODE_TO_REGION_CODE))
_CODE_LENGTHS = (1, 2, 3)  # no code is the beginning of another

NOT_A_PHONE = Fault(
    "invalid_phone", "The telephone number does not have 7 to 15 digits, so it was left out."
)
NOT_POSSIBLE = Fault(
    "impossible_phone", "No country has a telephone number like this one, so it was left out."
)
NO_COUNTRY_CODE = Fault(
    "phone_without_country",
    "The telephone number has no country code, so it was left out. "
    "Send it with + and the country code, or set a default country.",
)
COUNTRY_CODE_ASSUMED = Fault(
    "phone_country_assumed",
    "The telephone number has no +. It was read as one that begins with its country code.",
)


def normalise(text: str, context: Context) -> Outcome:
    """Return country code and number, digits only, or the reason why that cannot be had."""
    if text.startswith("+1") and text.isascii():
        # The usual form of North America needs none of what follows.
        digits = text.translate(_DECORATION)
        if len(digits) == _NATIONAL_DIGITS_NORTH_AMERICA + 1 and digits.isdigit():
            return _with_area_code(digits)
    text = _plain(text)
    digits = "".join(filter(str.isdigit, text))
    if _has_plus(text) or digits.startswith("00"):
        return _bounded(_without_trunk_zero(digits.lstrip("0")))
    region = (context.country or context.phone_country).upper()
    return _of_region(digits, region) if region else _bare(digits)


def has_calling_code(alpha2: str) -> bool:
    """Whether numbers of that country can be completed."""
    return phonenumbers.country_code_for_region(alpha2.upper()) != 0


def _plain(text: str) -> str:
    if not text.isascii():
        # Arabic and full-width digits, and the full-width plus, have plain equivalents.
        text = "".join(_plain_char(char) for char in unicodedata.normalize("NFKC", text))
    text = _EXTENSION.sub("", text.replace("(0)", ""))
    dialled = _DIALLED_EXTENSION.fullmatch(text)
    if dialled and sum(map(str.isdigit, dialled[1])) >= _FEWEST_DIGITS:
        return dialled[1]
    return text


def _plain_char(char: str) -> str:
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return char if char.isascii() else " "


def _has_plus(text: str) -> bool:
    before, plus, _ = text.partition("+")
    return bool(plus) and not any(map(str.isdigit, before))


def _bounded(digits: str) -> Outcome:
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return None, NOT_A_PHONE
    if digits[0] == str(_NORTH_AMERICA):
        return _with_area_code(digits)
    code = next((digits[:length] for length in _CODE_LENGTHS if digits[:length] in _CODES), "")
    if code and len(digits) - len(code) in _national_lengths(int(code)):
        return digits, None
    return None, NOT_POSSIBLE


def _with_area_code(digits: str) -> Outcome:
    """North America has one length, and no area code begins with 0 or 1."""
    is_whole = len(digits) == _NATIONAL_DIGITS_NORTH_AMERICA + 1
    return (digits, None) if is_whole and digits[1] in _AREA_CODE_BEGINS else (None, NOT_POSSIBLE)


@cache
def _national_lengths(code: int) -> frozenset[int]:
    """Return how many digits numbers of a country code have after it."""
    region = phonenumbers.region_code_for_country_code(code)
    about = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    if about is None or about.general_desc is None:
        return frozenset()
    lengths = about.general_desc
    return frozenset((*lengths.possible_length, *lengths.possible_length_local_only))


def _without_trunk_zero(digits: str) -> str:
    # A trunk zero can stand right after a country code of one, two or three digits. +1 and +7
    # are the codes of one digit, and their numbers begin with no zero to cut.
    if digits[:1] in ("1", "7") or "0" not in digits[2:4]:
        return digits
    return _parsed("+" + digits, "") or digits


def _of_region(digits: str, region: str) -> Outcome:
    code = phonenumbers.country_code_for_region(region)
    if code == _NORTH_AMERICA:
        return _north_american(digits)
    if code == 0 or len(digits) > _MOST_DIGITS or _begins_with(str(code), digits):
        return _bare(digits)
    whole = _parsed(digits, region)
    return _bounded(whole) if whole else _bare(digits)


def _begins_with(code: str, digits: str) -> bool:
    """Whether the country code stands there already, only without its plus."""
    return digits.startswith(code) and len(digits) >= _FEWEST_DIGITS_BARE and _is_valid(digits)


def _north_american(digits: str) -> Outcome:
    if len(digits) == _NATIONAL_DIGITS_NORTH_AMERICA:
        return _with_area_code(f"{_NORTH_AMERICA}{digits}")
    if len(digits) == _NATIONAL_DIGITS_NORTH_AMERICA + 1 and digits[0] == str(_NORTH_AMERICA):
        return _with_area_code(digits)
    return _bare(digits)


def _bare(digits: str) -> Outcome:
    """Digits alone are international only where they cannot well be anything else."""
    if not _FEWEST_DIGITS <= len(digits) <= _MOST_DIGITS:
        return None, NOT_A_PHONE
    if len(digits) < _FEWEST_DIGITS_BARE or digits[0] == "0":
        return None, NO_COUNTRY_CODE
    return (digits, COUNTRY_CODE_ASSUMED) if _is_valid(digits) else (None, NO_COUNTRY_CODE)


def _parsed(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region or None)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(parsed):
        return ""
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164).lstrip("+")


def _is_valid(digits: str) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse("+" + digits))
    except phonenumbers.NumberParseException:
        return False
