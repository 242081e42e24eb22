"""Which pages may post from a browser, and how a browser is told.

A datastream's id is public, so the origin is no secret door; it keeps honest browsers of other
sites out. Cookies are allowed in, because `_fbp` and `_fbc` come by them.
"""

from __future__ import annotations

import re

from collector.http import Answer, Request, no_content
from collector.problems import ORIGIN_NOT_ALLOWED, Refused
from collector.streams import Datastream, normal_origin

_MAX_AGE_SECONDS = 7200
_HEADER_NAMES = re.compile(rb"[A-Za-z0-9, _-]{1,1024}")
ALLOW = (b"allow", b"OPTIONS, POST")


def admit(request: Request, datastream: Datastream) -> None:
    """Let the request's origin read the answer; a request without one came from a server.

    Raises:
        Refused: the datastream names its origins, and this is none of them.
    """
    origin = request.origin
    if origin is None:
        return
    if datastream.allowed_origins and normal_origin(origin) not in datastream.allowed_origins:
        raise Refused(ORIGIN_NOT_ALLOWED)
    request.cors_headers = (
        (b"access-control-allow-origin", request.headers[b"origin"]),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"Retry-After"),
    )


def is_named(request: Request, datastream: Datastream) -> bool:
    """Whether the request comes from a page whose origin the datastream names."""
    origin = request.origin
    return origin is not None and normal_origin(origin) in datastream.allowed_origins


def preflight(request: Request) -> Answer:
    """Answer a browser that asks before it posts; its origin is admitted already."""
    asked = request.headers.get(b"access-control-request-headers", b"")
    return no_content(
        (
            ALLOW,
            (b"access-control-allow-methods", b"POST"),
            (
                b"access-control-allow-headers",
                asked if _HEADER_NAMES.fullmatch(asked) else b"content-type",
            ),
            (b"access-control-max-age", b"%d" % _MAX_AGE_SECONDS),
        )
    )
