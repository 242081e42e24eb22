"""Server keys: what a datastream may ask of whoever is no browser of an allowed page.

A datastream's id stands in the source of web pages, so it proves nothing. A server key does. Only
its SHA-256 is known here: of 256 random bits a plain hash tells nothing, and looking one up takes
the same time however much of a guess is right.
"""

from __future__ import annotations

import hashlib

from collector.cors import is_named
from collector.http import Request
from collector.problems import MISSING_KEY, UNKNOWN_KEY, Refused
from collector.streams import Datastream

_SCHEME = b"bearer"
_CHALLENGE = ((b"www-authenticate", b"Bearer"),)


def admit(request: Request, datastream: Datastream) -> bytes | None:
    """Return the digest of the server key that the request shows; None when it may do without.

    A good key counts where none is asked for, too: it tells a server's events from anybody's.

    Raises:
        Refused: the datastream asks for a key, and the request has none or a wrong one.
    """
    scheme, _, key = request.headers.get(b"authorization", b"").partition(b" ")
    is_sent = scheme.lower() == _SCHEME and bool(key)
    digest = hashlib.sha256(key.strip()).digest() if is_sent else b""
    if digest in datastream.keys:
        return digest
    if not datastream.requires_key or is_named(request, datastream):
        return None
    if not is_sent:
        raise Refused(MISSING_KEY, "Send it as “Authorization: Bearer <key>”.", _CHALLENGE)
    raise Refused(UNKNOWN_KEY, headers=_CHALLENGE)
