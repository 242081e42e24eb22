"""What `make run` reads from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from capi_admin.env import Variable
from capi_admin.up.problem import CannotStart

HOST = "127.0.0.1"
_HIGHEST_PORT = 65_535

PORTS = (
    Variable("UI_PORT", "8000", "Port of the admin under `make run`."),
    Variable("COLLECTOR_PORT", "8001", "Port of the collector under `make run`."),
    Variable("SANDBOX_PORT", "8002", "Port of the Meta sandbox under `make run`."),
)


@dataclass(frozen=True, slots=True)
class Options:
    """One start: where it keeps its data, which ports it takes, which servers are given."""

    data_dir: Path
    ports: Mapping[str, int]
    environment: Mapping[str, str]

    @property
    def database_url(self) -> str | None:
        """The given PostgreSQL server; None asks for the embedded one."""
        return self.environment.get("DATABASE_URL") or None

    @property
    def redis_url(self) -> str | None:
        """The given Redis server; None asks for one of our own."""
        return self.environment.get("REDIS_URL") or None


def read(environment: Mapping[str, str]) -> Options:
    """Return the options of a start.

    Raises:
        CannotStart: a port is not a port, or two processes share one.
    """
    ports = {variable.name: _port(variable, environment) for variable in PORTS}
    _refuse_shared(ports)
    data_dir = Path(environment.get("DATA_DIR") or ".data").absolute()
    return Options(data_dir=data_dir, ports=ports, environment=environment)


def _port(variable: Variable, environment: Mapping[str, str]) -> int:
    text = environment.get(variable.name) or str(variable.default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= _HIGHEST_PORT:
        raise CannotStart(f"{variable.name} is a port from 1 to {_HIGHEST_PORT}, not {text!r}.")
    return int(text)


def _refuse_shared(ports: Mapping[str, int]) -> None:
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port in seen:
            raise CannotStart(f"{seen[port]} and {name} are both {port}. Give each its own port.")
        seen[port] = name
