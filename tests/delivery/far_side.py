"""A server that calls go to: says what a test wants, remembers what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from delivery.models import Event
from rules import ids
from tests.delivery.world import _component, element

FETCH = "adobe-cloud-connector"


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Says:
    """What it answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)


class FarSide:
    """A web server on a free port of this machine."""

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.answer: Callable[[Asked], Says] = lambda _asked: Says()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.port = self._server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def says(self, status: int = 200, body: Any = None, **headers: str) -> None:
        """Answer every request like this."""
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answer = lambda _asked: Says(status, said, named)

    @property
    def paths(self) -> list[str]:
        return [asked.path for asked in self.requests]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        far = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                asked = Asked(self.command, self.path, headers, body)
                far.requests.append(asked)
                says = far.answer(asked)
                self.send_response(says.status)
                for name, value in says.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(says.body)))
                self.end_headers()
                self.wfile.write(says.body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - http.server's

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


# --- Rules that call it -----------------------------------------------------------------------


def extension() -> dict[str, Any]:
    return {
        "id": ids.extension_id(),
        "name": "Cloud Connector",
        "enabled": True,
        "package": FETCH,
        "version": "1.0.0",
        "settings": {},
    }


def call(url: str, key: str = "", **settings: Any) -> dict[str, Any]:
    """An action that makes a call, and keeps its answer under `key`."""
    saved = {"saveResponse": True, "responseKey": key} if key else {}
    return _component(
        "action", f"{FETCH}::actions::make-fetch-call", {"url": url, **saved, **settings}
    )


def rule_of(*components: dict[str, Any], name: str = "Calls") -> dict[str, Any]:
    return {"id": ids.rule_id(), "name": name, "enabled": True, "components": list(components)}


def stashed(name: str, path: str) -> dict[str, Any]:
    """A data element that reads the stash."""
    found = element(name)
    found["settings"] = {"path": f"arc.ruleStash.{FETCH}.{path}"}
    return found


def secret_element(name: str, secret_id: str) -> dict[str, Any]:
    found = element(name)
    found["delegate"] = "core::dataElements::secret"
    chosen = {"id": secret_id, "name": "Token"}
    found["settings"] = {"secrets": {"production": chosen}}
    return found


def outcome_of(event_id: Any) -> tuple[str, str]:
    found = Event.objects.get(pk=event_id)
    return found.outcome, found.reason
