"""The URL of a call: which server it goes to, and what is asked of it there.

What a data element puts behind the host is percent-encoded, so that a visitor can neither change
the path nor add a parameter.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from extensions.cloud_connector.pieces import compile_text, plain
from extensions.contract import JSON, Compiler, ComponentError, Scope, Settings
from extensions.tokens import TOKEN

LONGEST = 8_192  # characters
SECRET_IN_URL = (
    "A secret may not stand in the URL or its parameters: "  # noqa: S105 - words
    "addresses are written into many logs. Put it into a header, or into the body."
)
NO_URL = "The URL is empty."
NOT_A_URL = "This is not a URL that can be called. It begins with https:// and a host."
USER_IN_URL = "A user name or password may not stand in the URL. Use an Authorization header."
TOO_LONG = f"The URL is longer than {LONGEST} characters."
STEPS_UP = "The path of the URL has a step “.” or “..”, which leads elsewhere."

_SCHEMES = {"https": 443, "http": 80}  # with the ports that need not be said
_LARGEST_PORT = 65_535
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:\#.*)?",
    re.IGNORECASE | re.DOTALL,
)
# No percent sign, which could write any other character, and nothing that programs disagree about.
_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]@%\\<>^`{|}\"'!$&()*+,;=~\x00-\x20\x7f]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_PAST_HOST = re.compile(r"https?://[^/?#]*[/?#]", re.IGNORECASE)
# What RFC 3986 lets stand as it is; a percent sign stays, as what is written may be encoded.
_PATH, _QUERY = "/%:@!$&'()*+,;=~", "/%:@!$&'()*+,;=~?[]"
_STEP = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Address:
    """A URL in its parts. `origin` is ``https://host``, with the port where it is not the usual."""

    origin: str
    path: str  # begins with a slash, without the query
    query: str = ""

    @property
    def host(self) -> str:
        """The host, with its port where that is not the usual one."""
        return self.origin.partition("://")[2]

    @property
    def asked(self) -> str:
        """The path with the query."""
        return f"{self.path}?{self.query}" if self.query else self.path


def parsed(url: str) -> Address:
    """Take a URL apart.

    Raises:
        ComponentError: it cannot be called, in words for a marketer.
    """
    url = url.strip()
    if not url:
        raise ComponentError(NO_URL)
    if len(url) > LONGEST:
        raise ComponentError(TOO_LONG)
    match = _URL.fullmatch(url)
    if match is None:
        raise ComponentError(NOT_A_URL)
    if "@" in match["authority"]:
        raise ComponentError(USER_IN_URL)
    path = quote(match["path"].encode("utf-8", "ignore"), safe=_PATH) or "/"
    if _STEP.search(path):
        raise ComponentError(STEPS_UP)
    query = quote((match["query"] or "").encode("utf-8", "ignore"), safe=_QUERY)
    return Address(_origin(match["scheme"].lower(), match["authority"]), path, query)


def _origin(scheme: str, authority: str) -> str:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise ComponentError(NOT_A_URL)
    host, port = match["host"].lower(), int(match["port"] or _SCHEMES[scheme])
    if not 0 < port <= _LARGEST_PORT:
        raise ComponentError(NOT_A_URL)
    return f"{scheme}://{host}" if port == _SCHEMES[scheme] else f"{scheme}://{host}:{port}"


def compile_address(settings: Settings, compiler: Compiler) -> Callable[[Scope], Address]:
    """Compile the URL and the rows of parameters.

    What is returned raises `ComponentError`, in words for a marketer, where there is none.
    """
    url = _compile_url(settings["url"], compiler)
    rows = [
        (compile_text(row["key"], compiler), compile_text(row.get("value", ""), compiler))
        for row in settings.get("queryParams", ())
    ]

    def address(scope: Scope) -> Address:
        found = parsed(url(scope))
        resolved = ((plain(key(scope) or (), SECRET_IN_URL), value(scope)) for key, value in rows)
        more = [
            f"{_encoded(name)}={_encoded(plain(value, SECRET_IN_URL))}"
            for name, value in resolved
            if name and value is not None
        ]
        query = "&".join(filter(None, (found.query, *more)))
        made = Address(found.origin, found.path, query)
        if len(made.asked) > LONGEST:
            raise ComponentError(TOO_LONG)
        return made

    return address


def _compile_url(template: str, compiler: Compiler) -> Callable[[Scope], str]:
    parts = [
        (compile_text(f"{{{{{part}}}}}" if place % 2 else part, compiler), bool(place % 2))
        for place, part in enumerate(TOKEN.split(template.strip()))
        if part
    ]

    def url(scope: Scope) -> str:
        made = ""
        for resolve, is_token in parts:
            text = plain(resolve(scope) or (), SECRET_IN_URL)
            made += _encoded(text) if is_token and _PAST_HOST.match(made) else text
        return made

    return url


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "ignore"), safe="")


def shown_path(url: str) -> str:
    """Return the path of a setting for the name of a call, which is kept when a person's data is
    erased: so what data elements put there is left out.
    """
    found = re.match(r"https?://[^/?#]*(/[^?#]*)?", url.strip(), re.IGNORECASE)
    return TOKEN.sub("…", found[1] or "") if found else ""


def shown_host(url: JSON) -> str:
    """Return the host of a setting for a sentence; the setting's first part where it is a token."""
    text = str(url or "").strip()
    found = re.match(r"(?:https?://)?([^/?#]*)", text, re.IGNORECASE)
    host = (found[1] if found else "").rpartition("@")[2]
    return TOKEN.sub(lambda match: match[1].strip(), host) or "…"
