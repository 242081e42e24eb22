"""The headers of a call: their names, and what may stand in them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from extensions.cloud_connector.pieces import Pieces, Secrets, compile_text, kept, plain
from extensions.contract import JSON, Compiler, ComponentError, Scope, Settings

CONTENT_TYPE = "content-type"
# What the connection itself is made with: another value would break it, or the answer.
MANAGED = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
SECRET_IN_NAME = "A secret may not be the name of a header."  # noqa: S105 - words
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # a token of RFC 9110, section 5.6.2
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")  # section 5.5; a tab may be

Headers = list[list[JSON]]  # pairs of a name and a text, as a payload keeps it


def fault_of_name(name: str) -> str:
    """Say why a header cannot have this name; empty where it can."""
    if not _NAME.fullmatch(name):
        return (
            "The name of a header is made of letters, digits and hyphens, without spaces or colons."
        )
    if name.lower() in MANAGED:
        return f"The header {name} is set by the connection itself."
    return ""


def fault_of_value(text: str) -> str:
    """Say why a header cannot have this value; empty where it can."""
    if _CONTROL.search(text):
        return "A header may not hold a line break or another control character."
    return ""


def compile_headers(settings: Settings, compiler: Compiler) -> Callable[[Scope, Secrets], Headers]:
    """Compile the rows of headers; one whose value is missing is left out.

    What is returned raises `ComponentError`, in words for a marketer, where one cannot be sent.
    """
    rows = [
        (compile_text(row["key"], compiler), compile_text(row.get("value", ""), compiler))
        for row in settings.get("headers", ())
    ]

    def headers(scope: Scope, secrets: Secrets) -> Headers:
        made: dict[str, list[JSON]] = {}
        for key, value in rows:
            name, pieces = plain(key(scope) or (), SECRET_IN_NAME).strip(), value(scope)
            if pieces is not None:
                _add(made, name, pieces, secrets)
        return list(made.values())

    return headers


def _add(made: dict[str, list[JSON]], name: str, pieces: Pieces, secrets: Secrets) -> None:
    fault = fault_of_name(name) or fault_of_value(_text_in(pieces))
    if fault:
        raise ComponentError(fault)
    if name.lower() in made:
        raise ComponentError(f"The header {name} is there twice.")
    made[name.lower()] = [name, kept(_trimmed(pieces), secrets)]


def _text_in(pieces: Sequence[JSON]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _trimmed(pieces: Pieces) -> Pieces:
    """Return the value without the space around it, which is no part of it (section 5.5)."""
    made = list(pieces)
    if made and isinstance(made[0], str):
        made[0] = made[0].lstrip()
    if made and isinstance(made[-1], str):
        made[-1] = made[-1].rstrip()
    return tuple(made)
