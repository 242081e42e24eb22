"""One function per kind of customer information: the rules of Meta's documentation, exactly.

Each takes trimmed, composed text and gives the value to hash or send, or the reason why there
is none. No input raises. What Meta's pages leave open is decided here and commented.
"""

from __future__ import annotations

import re
import string

from extensions.meta import countries, states
from extensions.meta.values import (
    NOTHING_LEFT,
    Context,
    Fault,
    Outcome,
    keep,
    lowered,
)

_NAME_DROPS = str.maketrans("", "", string.punctuation + string.whitespace)
_LETTER_DROPS = str.maketrans("", "", string.punctuation + string.whitespace + string.digits)
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"))
_GENDERS = {"f": "f", "female": "f", "m": "m", "male": "m"}
_US_ZIP_DIGITS = 5
_US_ZIP_PLUS_4_DIGITS = 9
_ID_DIGITS = 18  # below 2^63, which is as far as a JSON integer is safe in Meta's systems
_LEAD_ID_DIGITS = (15, 16)
_FIRST_LETTERS = 5
_BASE64 = frozenset(string.ascii_letters + string.digits + "-_")
_FB_ID_PARTS = (4, 5)  # the fifth is an appendix that Meta's own library adds
_USUAL_BROWSER_ID = re.compile(r"fb\.[0-9]\.[0-9]{13}\.[0-9]{1,20}")
_SECONDS_DIGITS, _MILLISECONDS_DIGITS = 10, 13

NOT_AN_EMAIL = Fault("invalid_email", "The e-mail address has no valid form, so it was left out.")
NOT_A_GENDER = Fault(
    "invalid_gender", "The gender is neither female (f) nor male (m), so it was left out."
)
NOT_A_COUNTRY = Fault(
    "invalid_country",
    "The country is no ISO code and no English country name, so it was left out.",
)
NOT_AN_INTEGER = Fault("invalid_id", "The id is not a whole number, so it was left out.")
NOT_A_LEAD_ID = Fault("invalid_lead_id", "A lead id has 15 or 16 digits; this one was left out.")
NOT_AN_FB_ID = Fault(
    "invalid_fb_id",
    "The value does not have the form fb.1.1700000000000.id, so it was left out.",
)
FB_ID_IN_SECONDS = Fault(
    "fb_id_in_seconds",
    "The time inside the value is in seconds. It was written in milliseconds, as Meta requires.",
)


def email(text: str, context: Context) -> Outcome:
    """Lowercase; one @ with something before it, and a dot inside what follows; no white space.

    Two @ are two addresses in one field, whose common hash would match nobody.
    """
    local, _, domain = text.partition("@")
    has_dot = "." in domain[1:-1]
    if not local or not has_dot or "@" in domain or len(text.split()) != 1:
        return None, NOT_AN_EMAIL
    return lowered(text), None


def name(text: str, context: Context) -> Outcome:
    """Lowercase without white space, punctuation and symbols; letters keep their accents."""
    if text.isascii():
        text = text.lower()
        return (text, None) if text.isalnum() else _unless_empty(text.translate(_NAME_DROPS))
    return _unless_empty(keep(lowered(text), "LMN"))


def first_five(text: str, context: Context) -> Outcome:
    """The first five letters of a name, as names are written otherwise."""
    return _beginning(text, context, _FIRST_LETTERS)


def initial(text: str, context: Context) -> Outcome:
    """The first letter of a name."""
    return _beginning(text, context, 1)


def lowercase(text: str, context: Context) -> Outcome:
    """The text in lower case and otherwise as it came."""
    return lowered(text), None


def city(text: str, context: Context) -> Outcome:
    """Lowercase letters and marks only, so that 東京 and São Paulo stay what they are."""
    if text.isascii():
        text = text.lower()
        return (text, None) if text.isalpha() else _unless_empty(text.translate(_LETTER_DROPS))
    return _unless_empty(_letters(lowered(text)))


def state(text: str, context: Context) -> Outcome:
    """The two-letter code in the United States and Canada; elsewhere the whole name."""
    text = lowered(text)
    letters = _letters(text)
    code = states.code(letters, context.country)
    # Regions of other countries may be numbers, as the départements of France are.
    return (code, None) if code is not None else name(text, context)


def postal_code(text: str, context: Context) -> Outcome:
    """Lowercase without spaces and dashes; five digits in the United States, and only there."""
    if len(text) == _US_ZIP_DIGITS and text.isascii() and text.isdigit():
        return text, None  # the same whatever the country
    code = "".join(text.translate(_DASHES).split())
    is_us = context.country == "us" or (not context.country and _is_zip_plus_4(code))
    plain = lowered(code.replace("-", ""))
    return _unless_empty(plain[:_US_ZIP_DIGITS] if is_us else plain)


def country(text: str, context: Context) -> Outcome:
    """The ISO 3166-1 alpha-2 code in lower case, from a code or an English name."""
    code = countries.find(text)
    return (code, None) if code else (None, NOT_A_COUNTRY)


def gender(text: str, context: Context) -> Outcome:
    """f or m. Meta knows no other value."""
    code = _GENDERS.get(text.lower())
    return (code, None) if code else (None, NOT_A_GENDER)


def unchanged(text: str, context: Context) -> Outcome:
    """The text as it came."""
    return text, None


def fb_id(text: str, context: Context) -> Outcome:
    """A click or browser id as it came, for it is case-sensitive, or nothing.

    It comes from a cookie, so a visitor can put anything there.
    """
    parts = text.split(".")
    if len(parts) not in _FB_ID_PARTS or parts[0] != "fb" or not _is_one_word(text):
        return None, NOT_AN_FB_ID
    index, created, value = parts[1:4]
    is_sound = _is_digits(index, 1) and value and parts[-1]
    if not is_sound or not all(map(_BASE64.issuperset, parts[4:])):
        return None, NOT_AN_FB_ID
    if _is_digits(created, _SECONDS_DIGITS):
        return ".".join([*parts[:2], f"{created}000", *parts[3:]]), FB_ID_IN_SECONDS
    return (text, None) if _is_digits(created, _MILLISECONDS_DIGITS) else (None, NOT_AN_FB_ID)


def browser_id(text: str, context: Context) -> Outcome:
    """A browser id as it came: its value is a random number."""
    if _USUAL_BROWSER_ID.fullmatch(text):
        return text, None
    prepared, fault = fb_id(text, context)
    if isinstance(prepared, str) and not _is_number(prepared.split(".")[3]):
        return None, NOT_AN_FB_ID
    return prepared, fault


def integer(text: str, context: Context) -> Outcome:
    """A whole number, sent as a JSON number."""
    if len(text) <= _ID_DIGITS and _is_digits(text, len(text)):
        return int(text), None
    return None, NOT_AN_INTEGER


def lead_id(text: str, context: Context) -> Outcome:
    """A whole number of 15 or 16 digits: Meta refuses any other (2804036)."""
    value, fault = integer(text, context)
    if isinstance(value, int) and len(str(value)) not in _LEAD_ID_DIGITS:
        return None, NOT_A_LEAD_ID
    return value, fault


def _beginning(text: str, context: Context, length: int) -> Outcome:
    whole, fault = name(text, context)
    return (whole[:length], fault) if isinstance(whole, str) else (whole, fault)


def _letters(text: str) -> str:
    if text.isascii():
        return text if text.isalpha() else text.translate(_LETTER_DROPS)
    return keep(text, "LM")


def _is_zip_plus_4(code: str) -> bool:
    """12345-6789 or 123456789. Nine digits of a country that is known are left whole."""
    digits = code[:_US_ZIP_DIGITS] + code[_US_ZIP_DIGITS:].removeprefix("-")
    return _is_digits(digits, _US_ZIP_PLUS_4_DIGITS)


def _is_one_word(text: str) -> bool:
    return text.isprintable() and text.split() == [text]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _is_digits(text: str, length: int) -> bool:
    return len(text) == length and _is_number(text)


def _unless_empty(text: str) -> Outcome:
    return (text, None) if text else (None, NOTHING_LEFT)
