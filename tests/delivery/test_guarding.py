"""Where calls may go: to public addresses, looked at before the connection is made to them."""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from delivery import guarding, transport
from delivery.guarding import NOT_PUBLIC, ONLY_TLS, OTHER_PORT, Blocked
from extensions.contract import Answer, Request
from tests.delivery.far_side import FarSide, Says

GET = Request("GET", "/", {}, b"")
PUBLIC = "93.184.216.34"

NEAR = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.255.255.255
168.63.129.16 169.254.0.1 169.254.169.254 169.254.170.2 172.16.0.1 172.31.255.255 192.0.0.1
192.0.0.192 192.0.2.1 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 100.100.100.200 ::
::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::127.0.0.1
64:ff9b::127.0.0.1 64:ff9b::a9fe:a9fe 64:ff9b::10.0.0.1 64:ff9b:1::1 2002:7f00:1::
2002:a9fe:a9fe:: 2002:c0a8:1:: 2002:0a00:1::1 2001::1 2001:0:7f00:1:: 2001:db8::1 2001:10::1
3fff::1 100::1 fc00::1 fd00:ec2::254 fd20:ce::254 fe80::1 fec0::1 ff02::1 ff0e::1 4000::1
5f00::1
"""
FAR = f"""
{PUBLIC} 1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 126.255.255.255
128.0.0.1 168.63.129.15 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 191.255.255.255
192.0.1.1 192.167.255.255 192.169.0.1 198.17.255.255 198.20.0.1 223.255.255.255
2606:2800:220:1:248:1893:25c8:1946 2a00:1450::1 2001:4860:4860::8888 2002:5db8:d822::1
64:ff9b::93.184.216.34 ::ffff:93.184.216.34
"""


@pytest.mark.parametrize("address", NEAR.split())
def test_address_nearer_than_the_internet_is_not_public(address: str) -> None:
    assert not guarding.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", FAR.split())
def test_address_of_the_internet_is_public(address: str) -> None:
    assert guarding.is_public(ipaddress.ip_address(address))


# --- What the transport does about it ---------------------------------------------------------


class Net:
    """Notes which addresses are connected to, and lets no connection be made."""

    def __init__(self) -> None:
        self.reached: list[Any] = []
        self.looked_up: list[str] = []
        self.answers: dict[str, list[Sequence[str]]] = {}  # one after the other, the last stays

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[guarding.Found]:
        self.looked_up.append(host)
        answers = self.answers.get(host)
        if answers is None:
            return resolve(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [one for ip in found for one in resolve(ip, port, type=socket.SOCK_STREAM)]


resolve: Any = socket.getaddrinfo


@pytest.fixture
def net(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Net:
    """A network of names that a test makes up; numbers are read as the system reads them."""
    noted = Net()

    class Link(socket.socket):
        def connect(self, address: Any) -> None:
            noted.reached.append(address[0])
            raise ConnectionRefusedError

    monkeypatch.setattr(transport, "_threads", transport._PerThread())
    monkeypatch.setattr(transport.socket, "socket", Link)
    monkeypatch.setattr(guarding.socket, "getaddrinfo", noted.getaddrinfo)
    settings.FETCH_ALLOWED = []
    return noted


def ask(origin: str) -> Answer:
    return transport.send_guarded(origin, GET, 5)


# Each is a way to write an address that is not public, as one resolver or another reads it.
DISGUISES = """
127.0.0.1 127.1 127.0.1 0 0.0.0.0 2130706433 0x7f000001 0x7f.1 0x7f.0x0.0x0.0x1 017700000001
0177.0.0.1 127.0.0.1. 169.254.169.254 2852039166 0xa9fea9fe 0251.0376.0251.0376 169.254.43518
10.1 192.168.257 3232235521 [::1] [::] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1]
[64:ff9b::7f00:1] [2002:7f00:1::] [fe80::1] [fd00:ec2::254] [ff02::1] \uff11\uff12\uff17.0.0.1
127\u30020\u30020\u30021 \u2460\u2461\u2466.0.0.1
"""


@pytest.mark.parametrize("host", DISGUISES.split())
def test_address_in_disguise_is_not_reached(net: Net, host: str) -> None:
    answer = ask(f"https://{host}")
    assert net.reached == []
    assert (answer.status, answer.failure) in {(0, "blocked"), (0, "connect")}


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "0x7f.1", "017700000001", "[::1]"])
def test_refusal_says_why_and_names_no_address(net: Net, host: str) -> None:
    answer = ask(f"https://{host}")
    assert (answer.failure, answer.detail) == ("blocked", NOT_PUBLIC)


NAMES = {
    "localhost": ["127.0.0.1"],
    "localhost.": ["127.0.0.1"],
    "inside.example": ["10.0.0.5"],
    "metadata.example": ["169.254.169.254"],
    "both.example": [PUBLIC, "10.0.0.5"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:10.0.0.5"],
    "mixed.example": [PUBLIC, "fd00::1"],
}


@pytest.mark.parametrize("host", NAMES)
def test_name_with_an_address_that_is_not_public_is_not_reached(net: Net, host: str) -> None:
    net.answers[host] = [NAMES[host]]
    assert ask(f"https://{host}").failure == "blocked"
    assert net.reached == []


def test_public_name_is_reached_at_the_address_that_was_looked_at(net: Net) -> None:
    net.answers["api.example"] = [[PUBLIC]]
    assert ask("https://api.example").failure == "connect"
    assert (net.looked_up, net.reached) == (["api.example"], [PUBLIC])


def test_name_that_changes_its_answer_is_looked_up_once_for_each_connection(net: Net) -> None:
    net.answers["rebind.example"] = [[PUBLIC], ["127.0.0.1"]]
    assert ask("https://rebind.example").failure == "connect"
    assert net.reached == [PUBLIC]  # not what a second look-up would have given
    assert ask("https://rebind.example").failure == "blocked"
    assert net.reached == [PUBLIC]


def test_name_in_another_script_is_looked_up_as_the_network_writes_it(net: Net) -> None:
    net.answers["xn--bcher-kva.example"] = [["10.0.0.5"]]
    assert ask("https://bücher.example").failure == "blocked"
    assert net.looked_up == ["xn--bcher-kva.example"]


def test_name_that_is_too_long_for_one_is_no_error_of_ours(net: Net) -> None:
    answer = ask(f"https://{'a' * 70}.example")
    assert answer.failure in {"connect", "blocked"}
    assert net.reached == []


class SlowNames:
    """Name servers that say nothing, for names that end in .slow, until they are let go."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.held = 0
        self.let_go = threading.Event()
        monkeypatch.setattr(transport, "_threads", transport._PerThread())
        monkeypatch.setattr(guarding, "_MOST_GUARDED_LOOK_UPS", 2)
        monkeypatch.setattr(guarding.socket, "getaddrinfo", self.getaddrinfo)
        guarding._look_ups.cache_clear()

    def getaddrinfo(self, host: str, port: int, **_: Any) -> list[guarding.Found]:
        if host.endswith(".slow"):
            self.held += 1
            self.let_go.wait()
        return found(PUBLIC, port)

    def stop(self) -> None:
        self.let_go.set()
        guarding._look_ups.cache_clear()


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowNames]:
    names = SlowNames(monkeypatch)
    yield names
    names.stop()


def test_slow_names_of_rules_hold_up_no_host_of_the_deployment(slow_names: SlowNames) -> None:
    def give_up(number: int) -> None:
        with pytest.raises(TimeoutError):
            guarding.look_up(f"{number}.slow", 443, 0.2, is_guarded=True)

    while slow_names.held < 2:
        give_up(slow_names.held)
    # Refused at once, and not told as a name that is not there: it is tried again.
    answer = transport.send_guarded("https://a.example", GET, 20)
    assert (answer.status, answer.failure) == (0, "connect")
    assert guarding.look_up("graph.example", 443, 20, is_guarded=False)


def test_look_up_that_ends_makes_room_for_the_next(slow_names: SlowNames) -> None:
    slow_names.let_go.set()
    for number in range(5):
        assert guarding.look_up(f"{number}.slow", 443, 20, is_guarded=True)


def test_call_has_ten_seconds_whatever_its_host_does(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[float] = []

    def exchange(_session: Any, _origin: str, _request: Request, read_seconds: float) -> Answer:
        left.extend((transport._threads.ends - time.monotonic(), read_seconds))
        return Answer(200)

    monkeypatch.setattr(transport, "_exchange", exchange)
    transport.send_guarded("https://api.example", GET)
    assert [round(seconds) for seconds in left] == [10, 10]


PORTS = [
    ("https://api.example:443", ""),
    ("https://api.example:8443", ""),
    ("http://api.example", ONLY_TLS),
    ("http://api.example:443", ONLY_TLS),
    *((f"https://api.example:{port}", OTHER_PORT) for port in (22, 25, 80, 444, 6379, 9200)),
]


@pytest.mark.parametrize(("origin", "detail"), PORTS)
def test_calls_go_by_tls_to_the_usual_ports_alone(net: Net, origin: str, detail: str) -> None:
    net.answers["api.example"] = [[PUBLIC]]
    answer = ask(origin)
    assert answer.detail == detail
    assert net.reached == ([] if detail else [PUBLIC])


# --- What an administrator allows --------------------------------------------------------------

ALLOWED = ["hooks.internal:9000", "http://127.0.0.1:8080", "[fd00::1]:443"]
LET_THROUGH = [
    ("https", "hooks.internal", 9000, "10.0.0.5"),
    ("https", "HOOKS.internal", 9000, "10.0.0.5"),
    ("http", "127.0.0.1", 8080, "127.0.0.1"),
    ("https", "fd00::1", 443, "fd00::1"),
]
NOT_LET_THROUGH = [
    ("https", "hooks.internal", 443, "10.0.0.5"),
    ("http", "hooks.internal", 9000, "10.0.0.5"),
    ("https", "127.0.0.1", 8080, "127.0.0.1"),
    ("http", "127.0.0.1", 8081, "127.0.0.1"),
    ("http", "localhost", 8080, "127.0.0.1"),
    ("https", "a.hooks.internal", 9000, "10.0.0.5"),
    ("https", "xhooks.internal", 9000, "10.0.0.5"),
]


def found(ip: str, port: int) -> list[guarding.Found]:
    return list(resolve(ip, port, type=socket.SOCK_STREAM))


@pytest.mark.parametrize(("scheme", "host", "port", "ip"), LET_THROUGH)
def test_allowed_server_is_let_through(
    settings: Settings, scheme: str, host: str, port: int, ip: str
) -> None:
    settings.FETCH_ALLOWED = ALLOWED
    guarding.check(scheme, host, port, found(ip, port))


@pytest.mark.parametrize(("scheme", "host", "port", "ip"), NOT_LET_THROUGH)
def test_what_is_allowed_is_that_server_alone(
    settings: Settings, scheme: str, host: str, port: int, ip: str
) -> None:
    settings.FETCH_ALLOWED = ALLOWED
    with pytest.raises(Blocked):
        guarding.check(scheme, host, port, found(ip, port))


@pytest.mark.parametrize("word", ["host", "ftp://host:1", "host:1/path", "a b:1", ""])
def test_setting_that_names_no_server_is_refused(word: str) -> None:
    with pytest.raises(ImproperlyConfigured):
        guarding.allowed((word,))


# --- Redirects, which may lead inside ----------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed(far: FarSide, status: int) -> None:
    inside = FarSide()
    try:
        far.answer = lambda _asked: Says(status, b"", {"location": f"{inside.origin}/secret"})
        answer = ask(far.origin)
        assert (answer.status, far.paths, inside.paths) == (status, ["/"], [])
    finally:
        inside.stop()


def test_answer_is_read_up_to_a_bound(far: FarSide) -> None:
    far.answer = lambda _asked: Says(200, b"x" * 10_000_000)
    assert len(ask(far.origin).body) == transport.MOST_BYTES


def test_cookie_of_one_call_does_not_travel_with_the_next(far: FarSide) -> None:
    far.answer = lambda _asked: Says(200, b"{}", {"set-cookie": "session=1; Path=/"})
    ask(far.origin)
    ask(far.origin)
    assert all("cookie" not in asked.headers for asked in far.requests)


def test_proxy_of_the_environment_is_not_used(
    far: FarSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    assert ask(far.origin).status == 200
