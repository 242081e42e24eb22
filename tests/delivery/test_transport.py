"""What a network may do, on real sockets."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from delivery import transport
from extensions.contract import Request

REQUEST = Request("POST", "/v26.0/1/events", {"Authorization": "Bearer token"}, b'{"data":[]}')
Talk = Callable[[socket.socket], None]


class Server:
    """Gives every connection to a function of the test; reads the request first."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.requests: list[bytes] = []
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._answer, args=[link], daemon=True)
            self._threads.append(thread)
            thread.start()

    def _answer(self, link: socket.socket) -> None:
        with link:
            received = b""
            while b"\r\n\r\n" not in received or not received.endswith(b"]}"):
                part = link.recv(65_536)
                if not part:
                    return
                received += part
            self.requests.append(received)
            self._talk(link)

    def stop(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join(5)


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Talk], Server]]:
    """Start a server that answers as the test says. Each test has sessions of its own."""
    monkeypatch.setattr(transport, "_threads", transport._PerThread())
    started: list[Server] = []

    def start(talk: Talk) -> Server:
        started.append(Server(talk))
        return started[-1]

    yield start
    transport._threads.session.close()
    for server in started:
        server.stop()


def http(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"Content-Length: {len(body) if length is None else length}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def test_answer_is_brought_back_as_it_came(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b'{"ok":1}', "X-App-Usage: {}")))
    answer = transport.send(server.url, REQUEST)
    assert (answer.status, answer.body, answer.failure) == (200, b'{"ok":1}', "")
    assert answer.headers["x-app-usage"] == "{}"


def test_request_is_sent_byte_for_byte(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b"{}")))
    transport.send(server.url, REQUEST)
    head, body = server.requests[0].split(b"\r\n\r\n", 1)
    assert body == REQUEST.body
    assert head.startswith(b"POST /v26.0/1/events HTTP/1.1\r\n")
    assert b"Authorization: Bearer token\r\n" in head + b"\r\n"


def test_error_status_is_an_answer_like_any_other(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b"no", status="503 Sorry")))
    assert transport.send(server.url, REQUEST).status == 503


def test_nobody_listening_means_nothing_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert transport.send(address, REQUEST).failure == "connect"


def test_name_that_does_not_resolve_means_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert transport.send("http://destination.invalid", REQUEST).failure == "connect"


def test_connection_that_cannot_be_made_in_time_means_nothing_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def slow(*_: object, **__: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("urllib3.util.connection.create_connection", slow)
    assert transport.send("http://127.0.0.1:9", REQUEST).failure == "connect"


def test_silence_is_a_timeout(serve: Callable[[Talk], Server]) -> None:
    done = threading.Event()
    server = serve(lambda _link: done.wait(10) and None)
    answer = transport.send(server.url, REQUEST, read_seconds=0.2)
    done.set()
    assert (answer.status, answer.failure) == (0, "timeout")


def test_connection_that_is_closed_without_an_answer_is_broken(
    serve: Callable[[Talk], Server],
) -> None:
    server = serve(lambda link: link.close())
    assert transport.send(server.url, REQUEST).failure == "broken"


def test_connection_that_is_reset_is_broken(serve: Callable[[Talk], Server]) -> None:
    def reset(link: socket.socket) -> None:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        link.close()

    assert transport.send(serve(reset).url, REQUEST).failure == "broken"


def test_answer_that_is_no_http_is_broken(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(b"\0\1\2 hello\r\n\r\n"))
    assert transport.send(server.url, REQUEST).failure == "broken"


def test_plain_server_behind_a_secure_address_is_a_tls_failure(
    serve: Callable[[Talk], Server],
) -> None:
    server = serve(lambda link: None)
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]
        threading.Thread(target=lambda: _say_hello(plain), daemon=True).start()
        answer = transport.send(f"https://127.0.0.1:{port}", REQUEST)
    assert server.requests == []
    assert answer.failure == "tls"


def _say_hello(plain: socket.socket) -> None:
    link, _ = plain.accept()
    with link:
        link.recv(65_536)
        link.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_certificates_are_verified() -> None:
    with transport._PerThread().session as session:
        assert session.verify is True
    assert ssl.create_default_context().verify_mode == ssl.CERT_REQUIRED


def test_body_that_breaks_off_is_brought_back_as_far_as_it_came(
    serve: Callable[[Talk], Server],
) -> None:
    server = serve(lambda link: link.sendall(http(b'{"events_rec', length=500)))
    answer = transport.send(server.url, REQUEST)
    assert (answer.status, answer.body) == (200, b'{"events_rec')


def test_body_is_read_up_to_a_bound(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b"x" * 300_000)))
    assert len(transport.send(server.url, REQUEST).body) == transport.MOST_BYTES


def test_body_that_drips_is_cut_off_at_the_deadline(serve: Callable[[Talk], Server]) -> None:
    done = threading.Event()

    def drip(link: socket.socket) -> None:
        link.sendall(http(b"", length=1_000_000))
        while not done.wait(0.02):
            link.sendall(b"x")

    answer = transport.send(serve(drip).url, REQUEST, deadline_seconds=0.3)
    done.set()
    assert answer.status == 200
    assert 0 < len(answer.body) < 1000


def test_headers_that_drip_are_cut_off_at_the_deadline(serve: Callable[[Talk], Server]) -> None:
    done = threading.Event()
    sent: list[int] = []

    def drip(link: socket.socket) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\nX-Endless: ")
        while len(sent) < 500 and not done.wait(0.02):
            link.sendall(b"x")
            sent.append(1)

    answer = transport.send(serve(drip).url, REQUEST, deadline_seconds=0.3)
    done.set()
    assert (answer.status, answer.failure) == (0, "timeout")
    assert len(sent) < 500


def read_slowly(listening: socket.socket, too_late: threading.Event) -> None:
    """Take a little now and then, until the sender ends it."""
    link, _ = listening.accept()
    pause = threading.Event()
    with link:
        for _ in range(500):
            if not link.recv(1_000):
                return
            pause.wait(0.02)
    too_late.set()


def test_server_that_hardly_reads_is_given_up_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "_threads", transport._PerThread())
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 60)
    big = Request("POST", "/", {}, b"x" * 50_000_000)
    too_late = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        threading.Thread(target=lambda: read_slowly(listening, too_late), daemon=True).start()
        answer = transport.send(url, big, deadline_seconds=0.3)
    assert (answer.status, answer.failure) == (0, "broken")
    assert not too_late.is_set()
    transport._threads.session.close()


def test_deadline_of_one_request_does_not_hurry_the_next(
    serve: Callable[[Talk], Server],
) -> None:
    keep = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    over = threading.Event()

    def answer_twice(link: socket.socket) -> None:
        link.sendall(keep)
        if link.recv(65_536):
            over.wait(10)
            link.sendall(keep)

    server = serve(answer_twice)
    transport.send(server.url, REQUEST, deadline_seconds=0.2)
    threading.Timer(0.4, over.set).start()
    assert transport.send(server.url, REQUEST, deadline_seconds=10).status == 200


def test_redirect_is_not_followed(serve: Callable[[Talk], Server]) -> None:
    elsewhere = serve(lambda link: link.sendall(http(b"{}")))
    redirect = http(b"", f"Location: {elsewhere.url}/", status="307 Temporary Redirect")
    server = serve(lambda link: link.sendall(redirect))
    assert transport.send(server.url, REQUEST).status == 307
    assert elsewhere.requests == []


def test_cookies_are_not_kept(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b"{}", "Set-Cookie: tenant=1; Path=/")))
    transport.send(server.url, REQUEST)
    transport.send(server.url, REQUEST)
    assert len(server.requests) == 2
    assert b"tenant" not in server.requests[1]


def test_proxy_of_the_environment_is_not_used(
    serve: Callable[[Talk], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = serve(lambda link: link.sendall(http(b"{}", status="502 Proxy")))
    server = serve(lambda link: link.sendall(http(b"{}")))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
    assert transport.send(server.url, REQUEST).status == 200


def test_header_that_http_forbids_is_not_sent(serve: Callable[[Talk], Server]) -> None:
    server = serve(lambda link: link.sendall(http(b"{}")))
    request = Request("POST", "/", {"Authorization": "Bearer a\r\nX-Other: b"}, b"{}")
    assert transport.send(server.url, request).failure == "connect"
    assert server.requests == []


def test_connection_is_used_again(serve: Callable[[Talk], Server]) -> None:
    keep = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    ports: list[int] = []

    def answer_twice(link: socket.socket) -> None:
        ports.append(link.getpeername()[1])
        link.sendall(keep)
        if link.recv(65_536):
            ports.append(link.getpeername()[1])
            link.sendall(keep)

    server = serve(answer_twice)
    transport.send(server.url, REQUEST)
    transport.send(server.url, REQUEST)
    transport._threads.session.close()
    first, second = ports
    assert first == second
