"""The collector as it is run: a process of its own, real sockets, real signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
from django.db import connection

from capi_admin.up.processes import PROCESSES
from delivery.models import Event, EventBody
from tests.collector.conftest import Locking
from tests.collector.edge import eventually, is_commit_waiting, stored_names
from tests.product import descendants

pytestmark = pytest.mark.processes

CAME_TOO_LATE = 0  # its connection was not taken before the server closed its port
CANARY = "canary.person@shop.example"
EVENT = {"event": {"xdm": {"eventType": "x"}, "data": {"email": CANARY}}}


class Server:
    """The command that `make run` uses, with a broker that is not there."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        (process,) = (one for one in PROCESSES if one.name == "collector")
        command = process.argv(host="127.0.0.1", port=port, data_dir="")
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, *command[1:]],
                env={
                    **os.environ,
                    "DATABASE_URL": _test_database(),
                    "REDIS_URL": "redis://127.0.0.1:9",
                },
                stdout=output,
                stderr=output,
            )
        self.url = f"http://127.0.0.1:{port}"
        try:
            eventually(self._is_ready, 60)
        except BaseException:
            self.end()
            raise

    @property
    def log(self) -> str:
        return self._log.read_text()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all of its processes."""
        for pid in (self.process.pid, *descendants(self.process.pid)):
            os.kill(pid, number)

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(20)

    def _is_ready(self) -> bool:
        assert self.process.poll() is None, self.log
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.ConnectionError:
            return False


def _test_database() -> str:
    database = connection.settings_dict
    user, password = quote(database["USER"]), quote(database["PASSWORD"])
    port = f"&port={database['PORT']}" if database["PORT"] else ""
    return (
        f"postgresql://{user}:{password}@/{database['NAME']}?host={quote(database['HOST'])}{port}"
    )


@pytest.fixture(scope="module")
def server(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests here; each has a datastream of its own."""
    server = Server(tmp_path_factory.mktemp("collector") / "log")
    yield server
    server.signal(signal.SIGCONT)
    server.end()


@pytest.fixture
def url(server: Server, collect: str) -> Iterator[str]:
    server.signal(signal.SIGCONT)
    yield server.url + collect
    # The tables are emptied now. Whoever reads several of them meanwhile may wait for that, and be
    # waited for.
    server.signal(signal.SIGSTOP)


def test_events_are_accepted_while_the_broker_is_down(url: str) -> None:
    response = requests.post(url, json=EVENT, timeout=10)
    assert response.status_code == 202
    assert [event["id"] for event in response.json()["events"]] == [Event.objects.get().id.hex]


def test_nothing_that_was_sent_stands_in_the_log(server: Server, url: str) -> None:
    requests.post(url, json=EVENT, headers={"User-Agent": CANARY}, timeout=10)
    requests.post(url, data=json.dumps(EVENT)[:-3], timeout=10)
    requests.post(f"{server.url}/v1/events/{CANARY}?requestId={CANARY}", json=EVENT, timeout=10)
    eventually(lambda: "broker is away" in server.log)
    assert CANARY not in server.log
    assert "127.0.0.1" not in server.log
    assert "Traceback" not in server.log


def test_server_itself_believes_no_proxy_header(url: str) -> None:
    requests.post(url, json=EVENT, headers={"X-Forwarded-For": "198.51.100.1"}, timeout=10)
    assert EventBody.objects.get().open()["request"]["ip"] == "127.0.0.1"


def test_body_of_10_mb_is_413_on_a_real_connection(url: str) -> None:
    response = requests.post(url, data=b" " * 10_000_000, timeout=10)
    assert response.status_code == 413
    chunks = (b" " * 65_536 for _ in range(40))
    assert requests.post(url, data=chunks, timeout=10).status_code == 413


@pytest.mark.usefixtures("url")  # the server sleeps where no test asks for its address
def test_websocket_is_not_spoken_and_the_request_answered_as_it_is(server: Server) -> None:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    response = requests.get(f"{server.url}/healthz", headers=upgrade, timeout=10)
    assert response.status_code == 200
    assert "Traceback" not in server.log


def test_term_signal_stores_and_answers_every_request_under_way(
    collect: str, tmp_path: Path, locked_log: Locking
) -> None:
    server = Server(tmp_path / "log")
    with ThreadPoolExecutor(20) as clients:
        with locked_log():
            answers = [clients.submit(_status, server.url + collect) for _ in range(20)]
            eventually(is_commit_waiting)
            server.process.send_signal(signal.SIGTERM)
        statuses = [answer.result(20) for answer in answers]
    server.process.wait(20)
    assert len(stored_names()) == statuses.count(202) >= 1
    assert set(statuses) <= {202, 503, CAME_TOO_LATE}


def _status(address: str) -> int:
    try:
        return requests.post(address, json=EVENT, timeout=20).status_code
    except requests.ConnectionError:
        return CAME_TOO_LATE
