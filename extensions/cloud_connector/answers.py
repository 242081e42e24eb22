"""What the answer to a call means.

2xx is delivered. 408, 425, 429 and 5xx are tried again, as is a network that fails; anything else
is final. The original takes every status for a success.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from extensions.contract import Answer, Verdict

_TRY_AGAIN = frozenset({408, 425, 429})
_LONGEST_WAIT = 24 * 60 * 60  # seconds

# By failure: outcome, title, explanation, and whether the server may have acted on the call.
_FAILURES: dict[str, tuple[str, str, bool]] = {
    "connect": (
        "The server could not be reached",
        "There is no such host, or it takes no connections. Nothing was sent; it is tried again.",
        False,
    ),
    "timeout": (
        "The server did not answer in time",
        "It may have acted on the call nevertheless. It is called again.",
        True,
    ),
    "broken": (
        "The connection broke",
        "The server may have acted on the call nevertheless. It is called again.",
        True,
    ),
    "tls": (
        "The connection is not safe",
        "The server's certificate is not valid for this host, or it speaks no TLS. Nothing was "
        "sent; it is tried again.",
        False,
    ),
}


def read(answer: Answer) -> Verdict:
    """Read the answer to a call. Never raises, whatever came."""
    if answer.failure == "blocked":
        return Verdict(
            "rejected",
            "fetch:blocked",
            "This server may not call that address",
            f"{answer.detail} Nothing was sent. An administrator can allow a host by the setting "
            "FETCH_ALLOWED.".strip(),
        )
    if answer.failure:
        return _failed(answer.failure)
    status = answer.status
    title = f"The server answered {_named(status)}"
    if 200 <= status < 300:
        return Verdict("delivered", f"fetch:{status}", title)
    if 300 <= status < 400:
        return Verdict(
            "rejected",
            "fetch:redirect",
            title,
            "It wants to be called at another address. Redirects are not followed: enter the other "
            "address in the action.",
        )
    if status in _TRY_AGAIN or status >= 500:
        return Verdict(
            "retry",
            f"fetch:{status}",
            title,
            "The server has a trouble of its own, or asks for time. It is called again.",
            after_seconds=_wait(answer.headers),
        )
    return Verdict(
        "rejected",
        f"fetch:{status}",
        title,
        "It refused the call, so it is not called again. What it says stands in the answer.",
    )


def _failed(failure: str) -> Verdict:
    title, explanation, ambiguous = _FAILURES.get(failure, _FAILURES["broken"])
    return Verdict("retry", f"fetch:{failure}", title, explanation, ambiguous=ambiguous)


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _wait(headers: Mapping[str, str]) -> int | None:
    """Return the seconds that Retry-After asks for: said, or up to a moment by the server's clock.

    RFC 9110, section 10.2.3.
    """
    asked = headers.get("retry-after", "").strip()
    if asked.isascii() and asked.isdigit() and len(asked) < 10:
        return min(int(asked), _LONGEST_WAIT) or None
    try:
        until, now = map(parsedate_to_datetime, (asked, headers.get("date", "")))
        return min(max(int((until - now).total_seconds()), 0), _LONGEST_WAIT) or None
    except (TypeError, ValueError, OverflowError):
        return None
