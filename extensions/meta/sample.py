"""A harmless event to try a pixel with: the page view of a visitor who does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from extensions.contract import ComponentError, Send
from extensions.meta import event_time
from extensions.meta import vocabulary as meta
from extensions.meta.hashing import sha256

_NAME = "PageView"
_LONGEST_CODE = 100

# Names and addresses that are set aside for examples (RFC 2606, RFC 5737) and belong to nobody.
_USER_DATA = {
    "em": [sha256("sample.visitor@example.com")],
    "external_id": [sha256("sample-visitor")],
    "client_ip_address": "203.0.113.1",
    "client_user_agent": "Mozilla/5.0 (compatible; CAPI Admin sample event)",
}


def sample(address: Mapping[str, str], code: str, event_id: str, now: int) -> Send:
    """Return the event, as a test event with `code`; `now` is in Unix seconds.

    Raises:
        ComponentError: the code cannot be right.
    """
    code = code.strip()
    if not code:
        raise ComponentError(
            "Please enter the test event code. Events Manager shows it under Test Events."
        )
    if not is_test_code(code):
        raise ComponentError(
            "A test event code has letters and digits only, such as TEST12345. Copy it from "
            "Events Manager, under Test Events."
        )
    payload = {
        "event_name": _NAME,
        "event_time": now,
        "event_id": event_id,
        "action_source": meta.WEBSITE,
        "event_source_url": "https://www.example.com/",
        "user_data": dict(_USER_DATA),
    }
    return Send(
        {**address, "test_event_code": code},
        payload,
        _NAME,
        event_id,
        event_time.expiry(now, meta.WEBSITE, now),
    )


def is_test_code(text: str) -> bool:
    """Whether the text has the form of the codes that Events Manager gives out."""
    return text.isascii() and text.isalnum() and len(text) <= _LONGEST_CODE
