"""The only place from which a destination is talked to.

Every failure becomes an `Answer`; nothing is raised for what a network may do. The host comes from
the deployment's settings, or is guarded (see `delivery.guarding`). Redirects are not followed, the
answer is read up to a bound, and proxies and passwords lying about in the environment are not
picked up.

A socket's timeout bounds one silence, not an exchange. So everything that is written to one or read
from it here, headers too, is given the time that is left and no more, and so is the look-up of the
name before.
"""

from __future__ import annotations

import http.client
import io
import socket
import threading
import time
from collections.abc import Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any, ClassVar

import requests
from requests import exceptions
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3 import exceptions as urllib3_exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection

from delivery import guarding
from extensions.contract import Answer, Request

CONNECT_SECONDS = 3
READ_SECONDS = 15
TOTAL_SECONDS = 20
# A rule may name any host, and a large answer to a large batch is not waited for there.
GUARDED_SECONDS = 10
MOST_BYTES = 64 * 1024
_LEAST_SECONDS = 0.001  # no time at all would mean to wait for ever
_CHUNK_BYTES = 8 * 1024
_PIECE_BYTES = 64 * 1024


class _TimedReader(io.RawIOBase):
    """Reads a socket as long as there is time."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._silence_seconds = link.gettimeout()
        self._source = link.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        _hurry(self._link, self._silence_seconds)
        return self._source.readinto(buffer)

    def close(self) -> None:
        self._source.close()
        super().close()


class _Readable:
    """A socket as the parser of answers knows it."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link

    def makefile(self, *_: Any) -> io.BufferedReader:
        return io.BufferedReader(_TimedReader(self._link))


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **named: Any) -> None:
        super().__init__(_Readable(sock), *arguments, **named)  # type: ignore[arg-type] # all it uses


class _TimedConnection(HTTPConnection):
    """Sends in pieces, each in the time that is left, and gives its answers as much."""

    response_class = _TimedResponse
    scheme = "http"
    is_guarded = False

    def _new_conn(self) -> socket.socket:
        """Look the name up, once, and connect to the first of its addresses that answers."""
        ends = time.monotonic() + min(CONNECT_SECONDS, max(_threads.ends - time.monotonic(), 0))
        host, port = self._dns_host, self.port or 0
        try:
            found = guarding.look_up(
                host, port, ends - time.monotonic(), is_guarded=self.is_guarded
            )
            if self.is_guarded:
                guarding.check(self.scheme, host.rstrip("."), port, found)
            return self._reached(found, ends)
        except socket.gaierror as error:
            raise urllib3_exceptions.NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise urllib3_exceptions.ConnectTimeoutError(self, "No connection in time.") from error
        except OSError as error:
            raise urllib3_exceptions.NewConnectionError(self, "No connection.") from error

    def _reached(self, found: Sequence[guarding.Found], ends: float) -> socket.socket:
        failure: OSError = OSError("The name has no address.")
        for family, kind, protocol, _, address in found:
            link = socket.socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    link.setsockopt(*option)
                link.settimeout(max(ends - time.monotonic(), _LEAST_SECONDS))
                link.connect(address)
            except OSError as error:
                link.close()
                failure = error
            else:
                return link
        raise failure

    def send(self, data: Any) -> None:  # bytes, by urllib3
        if self.sock is None:
            self.connect()
        silence_seconds = self.sock.gettimeout()
        for start in range(0, len(data), _PIECE_BYTES):
            _hurry(self.sock, silence_seconds)
            super().send(data[start : start + _PIECE_BYTES])
        self.sock.settimeout(silence_seconds)


class _TimedSecureConnection(_TimedConnection, HTTPSConnection):
    scheme = "https"


class _GuardedConnection(_TimedConnection):
    is_guarded = True


class _GuardedSecureConnection(_TimedSecureConnection):
    is_guarded = True


class _Pool(HTTPConnectionPool):
    ConnectionCls = _TimedConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _TimedSecureConnection


class _GuardedPool(HTTPConnectionPool):
    ConnectionCls = _GuardedConnection


class _GuardedSecurePool(HTTPSConnectionPool):
    ConnectionCls = _GuardedSecureConnection


class _Adapter(HTTPAdapter):
    """Makes every connection a timed one."""

    pools: ClassVar = {"http": _Pool, "https": _SecurePool}

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        super().init_poolmanager(*arguments, **named)
        self.poolmanager.pool_classes_by_scheme = self.pools


class _GuardedAdapter(_Adapter):
    """Makes every connection a timed one to where calls may go."""

    pools: ClassVar = {"http": _GuardedPool, "https": _GuardedSecurePool}


def _hurry(link: socket.socket, silence_seconds: float | None) -> None:
    left = _threads.ends - time.monotonic()
    if left <= 0:
        raise TimeoutError("The exchange takes too long.")
    link.settimeout(left if silence_seconds is None else min(left, silence_seconds))


class _PerThread(threading.local):
    """Sessions keep connections open, and are not safe to share between threads."""

    ends = 0.0  # when the exchange of this thread has to be over, on the monotonic clock

    def __init__(self) -> None:
        self.session = _session(_Adapter())
        self.guarded = _session(_GuardedAdapter())


def _session(adapter: _Adapter) -> requests.Session:
    session = requests.Session()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.trust_env = False
    # One tenant's cookie must not travel with another one's request.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.headers = CaseInsensitiveDict(
        {"user-agent": "capi-admin", "accept-encoding": "identity"}
    )
    return session


_threads = _PerThread()

# The request was not fit to be sent.
_UNCALLABLE = (exceptions.InvalidHeader, exceptions.InvalidURL, exceptions.InvalidSchema)

# The first that fits. Each: what requests raised, what it stands for.
_FAILURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (exceptions.SSLError, "tls"),
    (exceptions.ConnectTimeout, "connect"),
    (exceptions.ReadTimeout, "timeout"),
    (_UNCALLABLE, "connect"),
)


def send(
    base_url: str,
    request: Request,
    deadline_seconds: float = TOTAL_SECONDS,
    *,
    read_seconds: float = READ_SECONDS,
) -> Answer:
    """Make a request and return its answer, or the failure in its place.

    `read_seconds` is the longest silence. `deadline_seconds` bounds the exchange as a whole: a
    server that sends a byte now and then must not keep us.
    """
    _threads.ends = time.monotonic() + deadline_seconds
    try:
        return _exchange(_threads.session, base_url, request, read_seconds)
    except exceptions.RequestException as error:
        return Answer(0, failure=_failure(error))


def send_guarded(
    origin: str, request: Request, deadline_seconds: float = GUARDED_SECONDS
) -> Answer:
    """Make a request as `send` does, to a host that a rule names: to where calls may go alone."""
    _threads.ends = time.monotonic() + deadline_seconds
    try:
        return _exchange(_threads.guarded, origin, request, deadline_seconds)
    except guarding.Blocked as blocked:
        return Answer(0, failure="blocked", detail=str(blocked))
    except _UNCALLABLE:
        return Answer(0, failure="blocked", detail=guarding.UNCALLABLE)
    except exceptions.RequestException as error:
        return Answer(0, failure=_failure(error))


def _exchange(
    session: requests.Session, base_url: str, request: Request, read_seconds: float
) -> Answer:
    response = session.request(
        request.method,
        base_url + request.path,
        data=request.body,
        headers=dict(request.headers),
        timeout=(CONNECT_SECONDS, read_seconds),
        allow_redirects=False,
        stream=True,
    )
    with response:
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, _body(response))


def _body(response: requests.Response) -> bytes:
    """Return the body as far as it came: whoever reads it sees that it is cut short."""
    body = bytearray()
    try:
        # read1 gives what is there; read and iter_content would wait for a whole chunk.
        while chunk := response.raw.read1(_CHUNK_BYTES):
            body += chunk
            if len(body) >= MOST_BYTES:
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
