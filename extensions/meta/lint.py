"""Advice on one finished payload: what Meta takes, but what an advertiser would want to know.

Only what nothing else remarks on. A value that was changed or left out is remarked on where that
happened, so what is looked at here is what will be sent. Nothing here refuses an event.

Source: Conversions API, best practices and parameters; the pages stand beside the rules.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson

from extensions.contract import JSON, Notice
from extensions.meta import vocabulary as meta

Payload = Mapping[str, JSON]
Finder = Callable[[Payload, int], tuple[str, ...]]
"""Gives the fields that a rule is about; none when there is nothing to say."""

_LATE_SECONDS = meta.HOUR
_CLICK_LIFE_SECONDS = 90 * meta.DAY  # of the _fbc cookie
_SECONDS = slice(5, 15)  # of fb.1.1700000000000.id, whose first three parts have fixed lengths
_CLICK_ID_DIGITS = 20  # a real click id is longer, and never of one case by chance
_MOST_FIELDS = 5  # of one payload and rule: the sixth would teach nothing new
_LONGEST_KEY = 40
_URLS = ("event_source_url", "referrer_url")
# Sent as they come, so nothing has hashed them.
_OPEN_IDS = ("external_id", "subscription_id", "anon_id")

_NOTHING: tuple[str, ...] = ()

# Begins with the sign itself, which is searched for at the speed of the memory, and looks at a
# bounded number of characters from there: the text is a visitor's.
_SIGNS = ("@", "%40", "%2540")
_BEFORE_SIGN = r"[\w.+%-]"
_DOMAIN = re.compile(
    f"(?:{'|'.join(f'{sign}(?<={_BEFORE_SIGN}{sign})' for sign in _SIGNS)})"
    r"([A-Za-z0-9.-]{4,253})"
)
# What looks like a domain and is the name of a file, such as img@2x.png.
_FILES = frozenset(
    {"avif", "bmp", "css", "gif", "htm", "html", "ico", "jpeg", "jpg", "js", "json", "map"}
    | {"min", "mjs", "mp4", "pdf", "php", "png", "svg", "ttf", "webm", "webp", "woff", "xml"}
)
_FEWEST_LETTERS = 2  # of a top level domain
# What follows looks at text in lower case: many times faster than ignoring the case.
_PHONES = "phone(?:[-_]?number)?|tel|telephone|mobile"
_NAMES = (
    "first[-_]?name|fname|last[-_]?name|lname|surname|full[-_]?name|"
    "dob|birth[-_]?da(?:y|te)|date[-_]?of[-_]?birth|ssn|street(?:[-_]?address)?"
)
# A flag such as ?dob=1, and a hash, say nothing about a person to whoever reads the address.
_NO_PERSON = r"(?:true|false|yes|no|[01]|[0-9a-f]{64})?(?:[&#;]|$)"
_PARAMETER = re.compile(rf"[?&#;](?:{_NAMES})=(?!{_NO_PERSON})")
_PHONE_OF_NAME = re.compile(
    rf"[?&#;](?:{_PHONES})=((?:[0-9 ().+/-]|%2[0-9a-f]){{7,60}})(?:[&#;]|$)"
)
_ESCAPED = re.compile(r"%2[0-9a-f]")
_FEWEST_DIGITS = 7
_NAME = re.compile(rf"(?:{_NAMES})")
_PHONE = re.compile(rf"(?:{_PHONES})")
_KEY = re.compile(rf'"(?:{_NAMES}|{_PHONES})":'.encode())
_HASH = re.compile(r"[0-9a-f]{64}")
_PHONE_PARAMETER = re.compile(r"=(?:\+|%2b)[1-9][0-9](?:[ ().+-]|%20|[0-9]){6}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing to look for. `field` says where; `find` which fields of this payload it is."""

    code: str
    field: str
    message: str
    docs_url: str
    find: Finder


def remarks(payload: Payload, now: int) -> list[Notice]:
    """Give advice on a payload that is ready to be sent; `now` is in Unix seconds."""
    return [
        Notice(rule.code, field, rule.message)
        for rule in RULES
        for field in rule.find(payload, now)
    ]


def _unmatched(payload: Payload, now: int) -> tuple[str, ...]:
    if payload["action_source"] != meta.WEBSITE:
        return _NOTHING
    user = payload["user_data"]
    return _NOTHING if "fbp" in user or "fbc" in user else ("user_data.fbp",)


def _late(payload: Payload, now: int) -> tuple[str, ...]:
    # Those of a store are collected over days, which is why Meta takes them for 62.
    is_late = now - payload["event_time"] > _LATE_SECONDS
    if is_late and payload["action_source"] != meta.PHYSICAL_STORE:
        return ("event_time",)
    return _NOTHING


def _lowered_click(payload: Payload, now: int) -> tuple[str, ...]:
    click = payload["user_data"].get("fbc")
    if click is None:
        return _NOTHING
    # The click id is the fourth part; a fifth is an appendix of Meta's own library.
    click_id = click.split(".")[3]
    is_lowered = len(click_id) >= _CLICK_ID_DIGITS and click_id.islower()
    return ("user_data.fbc",) if is_lowered else _NOTHING


def _old_click(payload: Payload, now: int) -> tuple[str, ...]:
    click = payload["user_data"].get("fbc")
    if click is None:
        return _NOTHING
    clicked_at = int(click[_SECONDS])
    is_old = payload["event_time"] - clicked_at > _CLICK_LIFE_SECONDS
    return ("user_data.fbc",) if is_old else _NOTHING


def _click_ahead(payload: Payload, now: int) -> tuple[str, ...]:
    click = payload["user_data"].get("fbc")
    if click is None:
        return _NOTHING
    clicked_at = int(click[_SECONDS])
    return ("user_data.fbc",) if clicked_at - payload["event_time"] > meta.DAY else _NOTHING


def _no_value(payload: Payload, now: int) -> tuple[str, ...]:
    custom = payload.get("custom_data")
    has_one = custom and "currency" in custom and "value" not in custom
    return ("custom_data.value",) if has_one else _NOTHING


def _personal_custom_data(payload: Payload, now: int) -> tuple[str, ...]:
    custom = payload.get("custom_data")
    if not custom or not _may_be_personal(orjson.dumps(custom)):
        return _NOTHING
    found = [key for key, value in custom.items() if _is_personal(key, value)]
    return tuple(dict.fromkeys(map(_custom_field, found[:_MOST_FIELDS])))


def _may_be_personal(written: bytes) -> bool:
    """Whether a walk is worth its time: JSON as a whole is looked through many times faster."""
    has_sign = b"@" in written or b"%40" in written or b"%2540" in written
    return has_sign or b"=" in written or _KEY.search(written.lower()) is not None


def _custom_field(key: str) -> str:
    """Name the key, unless a visitor may have chosen it."""
    is_plain = len(key) <= _LONGEST_KEY and key.isascii() and key.isidentifier()
    return f"custom_data.{key}" if is_plain else "custom_data"


def _is_personal(key: str, value: JSON) -> bool:
    if isinstance(value, dict):
        return any(_is_personal(name, member) for name, member in value.items())
    if isinstance(value, list):
        return any(_is_personal(key, item) for item in value)
    if isinstance(value, bool):
        return False
    text = str(value)
    return _holds_person(text) or _is_named_personal(key.lower(), text.lower())


def _is_named_personal(key: str, text: str) -> bool:
    if _HASH.fullmatch(text):
        return False
    return bool(_NAME.fullmatch(key) or (_PHONE.fullmatch(key) and _has_phone_digits(text)))


def _has_phone_digits(text: str) -> bool:
    """Whether there are enough digits: a phone may also be an iPhone 15."""
    return sum(map(str.isdigit, _ESCAPED.sub("", text))) >= _FEWEST_DIGITS


def _holds_person(text: str) -> bool:
    return _has_email(text) or ("=" in text and _has_personal_parameter(text.lower()))


def _has_email(text: str) -> bool:
    if "@" not in text and "%40" not in text and "%2540" not in text:
        return False
    return any(map(_is_domain, _DOMAIN.findall(text)))


def _is_domain(text: str) -> bool:
    name, _, last = text.rstrip(".-").rpartition(".")
    is_top = len(last) >= _FEWEST_LETTERS and last.isalpha() and last.lower() not in _FILES
    return is_top and bool(name.strip("."))


def _has_personal_parameter(text: str) -> bool:
    if _PARAMETER.search(text) or _PHONE_PARAMETER.search(text):
        return True
    return any(map(_has_phone_digits, _PHONE_OF_NAME.findall(text)))


def _personal_urls(payload: Payload, now: int) -> tuple[str, ...]:
    return tuple([key for key in _URLS if key in payload and _holds_person(payload[key])])


def _open_ids(payload: Payload, now: int) -> tuple[str, ...]:
    user = payload["user_data"]
    return tuple(
        [f"user_data.{key}" for key in _OPEN_IDS if key in user and _have_email(user[key])]
    )


def _have_email(value: JSON) -> bool:
    return any(map(_has_email, value if isinstance(value, list) else (value,)))


RULES: tuple[Rule, ...] = (
    Rule(
        "no_click_or_browser_id",
        "user_data.fbp",
        "The website event has neither fbp nor fbc. With the _fbp and _fbc cookies Meta finds "
        "more of your visitors, and tells which ad brought them.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
        _unmatched,
    ),
    Rule(
        "event_late",
        "event_time",
        "The event was more than an hour old when it was made. Meta asks for events as they "
        "happen, as old ones do less for your ads.",
        meta.DOCS_USING_THE_API,
        _late,
    ),
    Rule(
        "click_id_lower_case",
        "user_data.fbc",
        "The click id in fbc has no capital letter. Something on its way has probably put it "
        "into lower case, and then Meta cannot find the click.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
        _lowered_click,
    ),
    Rule(
        "old_click_id",
        "user_data.fbc",
        "The click in fbc is older than 90 days, and no ad will be credited for it.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
        _old_click,
    ),
    Rule(
        "click_id_ahead",
        "user_data.fbc",
        "The click in fbc is more than a day later than the event. Meta cannot match a click that "
        "came after it, so look at the clock that wrote the _fbc cookie.",
        meta.DOCS_CLICK_AND_BROWSER_ID,
        _click_ahead,
    ),
    Rule(
        "currency_without_value",
        "custom_data.value",
        "There is a currency without value.",
        meta.DOCS_CUSTOM_DATA,
        _no_value,
    ),
    Rule(
        "personal_data_in_custom_data",
        "custom_data",
        "The custom data seems to hold an e-mail address or other personal data. Meta forbids "
        "that: take it out, or send it as customer information, where it is hashed.",
        meta.DOCS_CUSTOM_DATA,
        _personal_custom_data,
    ),
    Rule(
        "personal_data_in_url",
        "event_source_url, referrer_url",
        "The address of the page seems to hold an e-mail address or other personal data. Meta "
        "forbids that: take it out of the address.",
        meta.DOCS_SERVER_EVENT,
        _personal_urls,
    ),
    Rule(
        "personal_data_not_hashed",
        "user_data.external_id, user_data.subscription_id, user_data.anon_id",
        "The id is an e-mail address, and this field is sent without hashing. Use an id that "
        "says nothing about the person.",
        meta.DOCS_CUSTOMER_INFORMATION,
        _open_ids,
    ),
)
