"""The only place from which a destination is talked to.

Every failure becomes an `Answer`; nothing is raised for what a network may do. The host comes from
the deployment's settings, redirects are not followed, the answer is read up to a bound, and
proxies and passwords lying about in the environment are not picked up.
"""

from __future__ import annotations

import threading
import time
from http.cookiejar import DefaultCookiePolicy

import requests
from requests import exceptions
from requests.structures import CaseInsensitiveDict
from urllib3 import exceptions as urllib3_exceptions

from extensions.contract import Answer, Request

CONNECT_SECONDS = 3
READ_SECONDS = 15
TOTAL_SECONDS = 20
MOST_BYTES = 64 * 1024
_CHUNK_BYTES = 8 * 1024


class _PerThread(threading.local):
    """Sessions keep connections open, and are not safe to share between threads."""

    def __init__(self) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        # One tenant's cookie must not travel with another one's request.
        self.session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.session.headers = CaseInsensitiveDict(
            {"user-agent": "capi-admin", "accept-encoding": "identity"}
        )


_threads = _PerThread()

# The first that fits. Each: what requests raised, what it stands for.
_FAILURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (exceptions.SSLError, "tls"),
    (exceptions.ConnectTimeout, "connect"),
    (exceptions.ReadTimeout, "timeout"),
    # The request was not fit to be sent.
    ((exceptions.InvalidHeader, exceptions.InvalidURL, exceptions.InvalidSchema), "connect"),
)


def send(
    base_url: str,
    request: Request,
    deadline_seconds: float = TOTAL_SECONDS,
    *,
    read_seconds: float = READ_SECONDS,
) -> Answer:
    """Make a request and return its answer, or the failure in its place.

    `read_seconds` is the longest silence. `deadline_seconds` bounds the reading of the answer's
    body as a whole: a server that sends a byte now and then must not keep us.
    """
    ends = time.monotonic() + deadline_seconds
    try:
        response = _threads.session.request(
            request.method,
            base_url + request.path,
            data=request.body,
            headers=dict(request.headers),
            timeout=(CONNECT_SECONDS, read_seconds),
            allow_redirects=False,
            stream=True,
        )
    except exceptions.RequestException as error:
        return Answer(0, failure=_failure(error))
    with response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, _body(response, ends))


def _body(response: requests.Response, ends: float) -> bytes:
    """Return the body as far as it came: whoever reads it sees that it is cut short."""
    body = bytearray()
    try:
        # read1 gives what is there; read and iter_content would wait for a whole chunk.
        while chunk := response.raw.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) >= MOST_BYTES or time.monotonic() >= ends:
                break
    except urllib3_exceptions.HTTPError:
        pass
    return bytes(body[:MOST_BYTES])


def _failure(error: exceptions.RequestException) -> str:
    for kinds, failure in _FAILURES:
        if isinstance(error, kinds):
            return failure
    return "connect" if _nothing_was_sent(error) else "broken"


def _nothing_was_sent(error: exceptions.RequestException) -> bool:
    """Whether requests wrapped a failure to connect: refused, unreachable, no such name."""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    return isinstance(reason, urllib3_exceptions.NewConnectionError)
