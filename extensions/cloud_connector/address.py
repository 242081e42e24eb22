"""The URL of a call: which server it goes to, and what is asked of it there.

What a data element puts behind the host is percent-encoded, so that a visitor can neither change
the path nor add a parameter. In the host it gives whole labels and no more, so that it cannot end
the host before what is written behind it; or it gives the whole origin, with nothing beside it.
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
NOT_IN_HOST = (
    "What a data element puts into the host of a URL is made of letters, digits, hyphens and "
    "single dots. One that gives the whole host stands alone, or in front of a slash."
)
SECRET_TO_GIVEN_HOST = (
    "A secret goes to a host that is written in the URL itself. "  # noqa: S105 - words
    "Where a data element names the host, an event could send the secret anywhere."
)
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
_LABELS = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_GIVEN = "…"  # stands for what a data element gives
_BEHIND_ORIGIN = ("/", "?", "#")
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
    gives_origin = begins_with_origin(template)

    def url(scope: Scope) -> str:
        made = ""
        for place, (resolve, is_token) in enumerate(parts):
            text = plain(resolve(scope) or (), SECRET_IN_URL)
            if is_token and not (gives_origin and place == 0):
                text = _fitted(text, made)
            made += text.strip() if place == 0 else text
        return made

    return url


def begins_with_origin(template: str) -> bool:
    """Whether the URL begins with a data element that gives the whole origin, or the whole URL."""
    template = template.strip()
    head = TOKEN.match(template)
    if head is None:
        return False
    rest = template[head.end() :]
    return not rest or rest.startswith(_BEHIND_ORIGIN)


def _fitted(text: str, made: str) -> str:
    """Return the value of a data element as it may stand behind what is made of the URL so far.

    Raises:
        ComponentError: it would stand in the host, and is no part of one.
    """
    if _PAST_HOST.match(made):
        return _encoded(text)
    if not _LABELS.fullmatch(text):
        raise ComponentError(NOT_IN_HOST)
    return text


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "ignore"), safe="")


def given_host(url: str) -> str:
    """Return the host of a setting without what data elements put there; empty where they put
    nothing there.
    """
    host, _ = _shown(url)
    return host if _GIVEN in host else ""


def shown_path(url: str) -> str:
    """Return the path of a setting for the name of a call, which many see: without what data
    elements put there.
    """
    return _shown(url)[1]


def _shown(url: str) -> tuple[str, str]:
    # The tokens go first: the name of a data element may hold a slash.
    marked = TOKEN.sub(_GIVEN, url.strip())
    found = re.match(r"(?:https?://)?([^/?#]*)(/[^?#]*)?", marked, re.IGNORECASE)
    return (found[1], found[2] or "") if found else ("", "")


def shown_host(url: JSON) -> str:
    """Return the host of a setting for a sentence; the setting's first part where it is a token."""
    text = str(url or "").strip()
    found = re.match(r"(?:https?://)?([^/?#]*)", text, re.IGNORECASE)
    host = (found[1] if found else "").rpartition("@")[2]
    return TOKEN.sub(lambda match: match[1].strip(), host) or "…"
