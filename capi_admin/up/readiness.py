"""Does a process answer? One quick request to its health page."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException

from capi_admin.up.options import HOST

_TIMEOUT_SECONDS = 2.0
_SERVER_ERROR = 500


def answers(port: int) -> bool:
    """Say whether a process on this loopback port serves `/healthz`.

    Any answer but a server error counts: a person's ALLOWED_HOSTS may refuse our host name.
    """
    link = HTTPConnection(HOST, port, timeout=_TIMEOUT_SECONDS)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status < _SERVER_ERROR
    except (OSError, HTTPException):
        return False
    finally:
        link.close()
