"""fbc: the click on an ad that brought the visitor, from the cookie or from the page's address.

The form is ``fb.1.{milliseconds}.{fbclid}``. The click id is compared letter by letter, so it is
percent-decoded once and otherwise left alone. A value made here holds the time of the event and
not of the moment, so that retries and replays never change it.

Source: https://developers.facebook.com/documentation/ads-commerce/conversions-api/parameters/fbp-and-fbc
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote

from extensions.contract import JSON, Notice, Scope
from extensions.meta import vocabulary as meta
from extensions.meta.normalise import fb_id
from extensions.meta.values import Context, encodable

FIELD = "user_data.fbc"
COOKIE = "_fbc"

_PARAMETER = "fbclid="
_LONGEST_CLICK_ID = 1024
_SERVER_INDEX = 1  # of the domain, for a value that no cookie holds
_CLICK_ID_PART = 3
_MILLISECONDS = 1000
_NO_CONTEXT = Context()

FROM_COOKIE = "from the _fbc cookie"
FROM_PAGE = "made from fbclid in the page's address"
FROM_REFERRER = "made from fbclid in the referrer's address"

EXPIRED = Notice(
    "click_id_expired",
    FIELD,
    "The click in the _fbc cookie is older than 90 days, so it was left out. Meta credits no ad "
    "for it.",
)
CLICK_ID_UNUSABLE = Notice(
    "invalid_fbclid",
    FIELD,
    "The fbclid in the address cannot be a click id of Meta, so it was left out.",
)


class Found(NamedTuple):
    """A value for fbc and the words for where it came from."""

    value: str
    origin: str


def find(event: Mapping[str, JSON], scope: Scope, notices: list[Notice]) -> Found | None:
    """Return fbc for an event that has its time and its addresses already.

    The cookie stays as it is while the address holds no other click.
    """
    cookies = scope.request.get("cookies")
    held = cookies.get(COOKIE) if isinstance(cookies, Mapping) else None
    click, origin = _click(event, scope)
    if not held and not click:
        return None
    cookie = _cookie(held, notices)
    if not click or (cookie and cookie.split(".")[_CLICK_ID_PART] == click):
        return _unexpired(cookie, event["event_time"], notices) if cookie else None
    made, _ = fb_id(
        f"fb.{_SERVER_INDEX}.{event['event_time'] * _MILLISECONDS}.{click}", _NO_CONTEXT
    )
    if isinstance(made, str) and len(click) <= _LONGEST_CLICK_ID:
        return Found(made, origin)
    notices.append(CLICK_ID_UNUSABLE)
    return _unexpired(cookie, event["event_time"], notices) if cookie else None


def click_id_in(address: JSON) -> str:
    """Return the first click id in the query of an address, percent-decoded once."""
    if not isinstance(address, str) or _PARAMETER not in address:
        return ""
    query = address.partition("#")[0].partition("?")[2]
    for pair in query.split("&"):
        if pair.startswith(_PARAMETER):
            return encodable(unquote(pair[len(_PARAMETER) :]))
    return ""


def _click(event: Mapping[str, JSON], scope: Scope) -> tuple[str, str]:
    if click := click_id_in(event.get("event_source_url")):
        return click, FROM_PAGE
    for referrer in (event.get("referrer_url"), scope.request.get("referer")):
        if click := click_id_in(referrer):
            return click, FROM_REFERRER
    return "", ""


def _cookie(value: JSON, notices: list[Notice]) -> str:
    if not isinstance(value, str) or not value:
        return ""
    prepared, fault = fb_id(encodable(value), _NO_CONTEXT)
    if fault is not None:
        notices.append(Notice(fault.code, FIELD, fault.message))
    return prepared if isinstance(prepared, str) else ""


def _unexpired(cookie: str, event_time: int, notices: list[Notice]) -> Found | None:
    created = int(cookie.split(".")[2]) // _MILLISECONDS
    if event_time - created > meta.CLICK_LIFE_SECONDS:
        notices.append(EXPIRED)
        return None
    return Found(cookie, FROM_COOKIE)
