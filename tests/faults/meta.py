"""A Meta that can be told to misbehave, in front of the strict sandbox.

A request that no step is meant for goes on to the sandbox, which judges it as Meta would. A step
plays what the sandbox cannot: it breaks off in the middle of an answer, drips, lies about what it
took, or tells the harness of the very moment between two bytes. Every copy of an event that was
taken is written into the journal.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import http.client
import ipaddress
import json
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from capi_admin.up.options import HOST
from capi_admin.up.ports import choose_free

End = Literal["answer", "hang", "reset", "drip"]
_IDLE_SECONDS = 120.0
_DRIP_SECONDS = 0.5
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One request to the events endpoint."""

    number: int
    at: float  # Unix seconds
    pixel: str
    events: list[dict[str, Any]]

    @property
    def ids(self) -> list[str]:
        """The ids of its events, in order."""
        return [str(event.get("event_id")) for event in self.events]


@dataclass(frozen=True, slots=True)
class Copy:
    """One event that was taken: what the journal keeps of it."""

    call: int
    at: float
    event_name: str
    event_time: int
    url: str
    digest: str  # of the whole event as it came


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of a request. `status` is None when it got no answer, or only a part."""

    call: Call
    status: int | None
    taken: bool


@dataclass(slots=True)
class Step:
    """What to do with some requests, in place of the sandbox's answer.

    Args:
        pixel: only requests to this pixel; "" for any.
        meant_for: only requests it says yes to.
        times: for how many requests; None for all until it is withdrawn.
        takes: the events are taken all the same, as when an answer gets lost.
        status: of the answer; None leaves the sandbox's own.
        body: of the answer; an object is sent as JSON.
        headers: further ones of the answer.
        delay_seconds: before the answer.
        end: how the exchange ends. "hang" never answers, "reset" breaks off after `partial` bytes,
            "drip" sends a byte now and then.
        partial: how many bytes of the answer are sent before a reset.
        at_head: called when the head has come, and before the body is read.
        before_answer, after_answer: called around the answer's last byte.
    """

    pixel: str = ""
    meant_for: Callable[[Call], bool] = lambda _: True
    times: int | None = 1
    takes: bool = False
    status: int | None = None
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_seconds: float = 0.0
    end: End = "answer"
    partial: int = 0
    at_head: Callable[[], None] | None = None
    before_answer: Callable[[], None] | None = None
    after_answer: Callable[[], None] | None = None


class Meta:
    """The server. Use it as a context manager.

    Args:
        sandbox: where the sandbox will answer; it need not be there yet.
    """

    def __init__(self, sandbox: str) -> None:
        self._sandbox = urlsplit(sandbox)
        self._port, self._secure_port = choose_free(), choose_free()
        self._listeners: list[_Listener] = []
        self._steps: list[Step] = []
        self._lock = threading.Lock()
        self._calls = 0
        self._copies: dict[str, dict[str, list[Copy]]] = {}
        self.answered: list[Answered] = []
        self._folder = tempfile.TemporaryDirectory(prefix="capi-meta-")

    def __enter__(self) -> Self:
        self.come_back()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _: BaseException | None, _at: TracebackType | None
    ) -> None:
        self.go_away()
        self._folder.cleanup()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{HOST}:{self._port}"

    @property
    def secure_url(self) -> str:
        """Where it answers with a certificate that nobody vouches for."""
        return f"https://{HOST}:{self._secure_port}"

    # --- What a test tells it ----------------------------------------------------------------

    def play(self, *steps: Step) -> None:
        """Add steps; of those meant for a request the first that is not used up counts."""
        with self._lock:
            self._steps += steps

    def withdraw(self, pixel: str) -> None:
        """Forget the steps of a pixel."""
        with self._lock:
            self._steps = [step for step in self._steps if step.pixel != pixel]

    @contextmanager
    def playing(self, *steps: Step) -> Iterator[None]:
        """Play steps as long as the block lasts."""
        self.play(*steps)
        try:
            yield
        finally:
            with self._lock:
                self._steps = [step for step in self._steps if all(step is not s for s in steps)]

    def go_away(self) -> None:
        """Refuse connections, and break off those there are."""
        for listener in self._listeners:
            listener.close()
        self._listeners = []

    def come_back(self) -> None:
        """Take connections again."""
        self._listeners = [
            _Listener(self._port, self._serve, None),
            _Listener(self._secure_port, self._serve, self._bad_certificate()),
        ]

    # --- What it can tell --------------------------------------------------------------------

    def copies(self, pixel: str) -> dict[str, list[Copy]]:
        """Return every taken copy of each event of a pixel, by its id."""
        with self._lock:
            return {key: list(found) for key, found in self._copies.get(pixel, {}).items()}

    def requests(self, pixel: str) -> list[Answered]:
        """Return the requests to a pixel, in order."""
        with self._lock:
            return [answered for answered in self.answered if answered.call.pixel == pixel]

    def count(self, pixel: str) -> int:
        """Return how many different events of a pixel were taken."""
        with self._lock:
            return len(self._copies.get(pixel, {}))

    # --- One connection ----------------------------------------------------------------------

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(_IDLE_SECONDS)
        with link.makefile("rb") as source:
            while self._exchange(link, source):
                pass

    def _exchange(self, link: socket.socket, source: Any) -> bool:
        first = source.readline(65_536)
        if not first.strip():
            return False
        method, path, _ = first.decode("latin-1").split(" ", 2)
        headers = http.client.parse_headers(source)
        pixel = _pixel(path)
        self._tell_of_head(pixel)
        raw = source.read(int(headers.get("content-length", "0")))
        if pixel is None:
            return self._send(link, *self._forward(method, path, headers, raw))
        call = self._note(pixel, raw)
        step = self._step_for(call)
        return self._play(link, call, step, lambda: self._forward(method, path, headers, raw))

    def _tell_of_head(self, pixel: str | None) -> None:
        with self._lock:
            waiting = [
                s for s in self._steps if s.at_head and s.pixel in ("", pixel) and s.times != 0
            ]
            told = waiting[0].at_head if waiting else None
        if told is not None:
            told()

    def _note(self, pixel: str, raw: bytes) -> Call:
        try:
            events = json.loads(raw).get("data", [])
        except (ValueError, AttributeError):
            events = []
        with self._lock:
            self._calls += 1
            return Call(self._calls, time.time(), pixel, events)

    def _step_for(self, call: Call) -> Step | None:
        with self._lock:
            for step in self._steps:
                fits = step.pixel in ("", call.pixel) and step.times != 0
                if fits and step.meant_for(call):
                    if step.times is not None:
                        step.times -= 1
                    return step
        return None

    def _play(
        self,
        link: socket.socket,
        call: Call,
        step: Step | None,
        judged: Callable[[], tuple[int, dict[str, str], bytes]],
    ) -> bool:
        step = step or Step()
        passes = step.takes or (step.status is None and step.end in ("answer", "drip"))
        status, headers, body = judged() if passes else (step.status or 200, {}, b"")
        taken = passes and status == HTTPStatus.OK
        if taken:
            self._take(call)
        if step.status is not None:
            status, headers = step.status, dict(step.headers)
        if step.body is not None:
            body = step.body if isinstance(step.body, bytes) else json.dumps(step.body).encode()
        if step.before_answer is not None:
            step.before_answer()
        time.sleep(step.delay_seconds)
        went_out = step.end == "answer" and self._send(link, status, headers | step.headers, body)
        with self._lock:
            self.answered.append(Answered(call, status if went_out else None, taken))
        if step.after_answer is not None:
            step.after_answer()
        return went_out or self._spoil(link, step, _written(status, headers, body))

    def _spoil(self, link: socket.socket, step: Step, answer: bytes) -> bool:
        with suppress(OSError):
            if step.end == "hang":
                link.recv(1)  # until the other side gives up
            elif step.end == "reset":
                link.sendall(answer[: step.partial])
                # Closed with a time of zero a connection is not ended but reset.
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif step.end == "drip":
                for position in range(len(answer)):
                    link.sendall(answer[position : position + 1])
                    time.sleep(_DRIP_SECONDS)
        return False

    def _send(
        self, link: socket.socket, status: int, headers: Mapping[str, str], body: bytes
    ) -> bool:
        try:
            link.sendall(_written(status, headers, body))
        except OSError:  # the other side is gone
            return False
        return True

    def _take(self, call: Call) -> None:
        with self._lock:
            journal = self._copies.setdefault(call.pixel, {})
            for event in call.events:
                journal.setdefault(str(event.get("event_id")), []).append(_copy(call, event))

    def _forward(
        self, method: str, path: str, headers: Mapping[str, str], raw: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        kept = {key: value for key, value in headers.items() if key.lower() != "connection"}
        link = http.client.HTTPConnection(
            self._sandbox.hostname or "", self._sandbox.port, timeout=_IDLE_SECONDS
        )
        try:
            link.request(method, path, raw, kept)
            answer = link.getresponse()
            return answer.status, {"content-type": _JSON}, answer.read()
        except (OSError, http.client.HTTPException):
            return 503, {}, b'{"error": {"code": 2, "message": "The sandbox is away"}}'
        finally:
            link.close()

    def _bad_certificate(self) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "graph.facebook.com")])
        now = dt.datetime.now(dt.UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))]), False
            )
            .sign(key, hashes.SHA256())
        )
        path = Path(self._folder.name) / "certificate.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


class _Listener:
    """Takes connections on one port, each in a thread of its own."""

    def __init__(
        self, port: int, serve: Callable[[socket.socket], None], secure: ssl.SSLContext | None
    ) -> None:
        self._serve = serve
        self._secure = secure
        self._links: set[socket.socket] = set()
        self._socket = socket.create_server((HOST, port), backlog=128)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()
        for link in list(self._links):
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def _listen(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._keep, args=(link,), daemon=True).start()

    def _keep(self, link: socket.socket) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(suppress(OSError, ValueError, http.client.HTTPException))
            if self._secure is not None:
                link.settimeout(_IDLE_SECONDS)
                link = self._secure.wrap_socket(link, server_side=True)
            stack.enter_context(link)
            self._links.add(link)
            stack.callback(self._links.discard, link)
            self._serve(link)


def _pixel(path: str) -> str | None:
    parts = urlsplit(path).path.strip("/").split("/")
    return parts[1] if len(parts) == 3 and parts[2] == "events" else None


def _copy(call: Call, event: dict[str, Any]) -> Copy:
    written = json.dumps(event, sort_keys=True).encode()
    return Copy(
        call.number,
        call.at,
        str(event.get("event_name")),
        int(event.get("event_time", 0)),
        str(event.get("event_source_url", "")),
        hashlib.sha256(written).hexdigest(),
    )


def _written(status: int, headers: Mapping[str, str], body: bytes) -> bytes:
    known = {item.value: item.phrase for item in HTTPStatus}
    lines = {"content-type": _JSON, **headers, "content-length": str(len(body))}
    head = f"HTTP/1.1 {status} {known.get(status, 'Unknown')}\r\n"
    return (
        head + "".join(f"{name}: {value}\r\n" for name, value in lines.items()) + "\r\n"
    ).encode() + body


def events_by_name(copies: Mapping[str, list[Copy]]) -> dict[str, Counter[str]]:
    """Return how often each event was taken, by the name it came under."""
    return {key: Counter(copy.event_name for copy in found) for key, found in copies.items()}
