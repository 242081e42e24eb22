"""The box at the end of a start: where to go, and how to sign in."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_INDENT = "  "


def box(data_dir: Path, ports: Mapping[str, int]) -> str:
    """Return the text that greets the person once everything answers."""
    account = _account(data_dir / "admin.txt")
    demo = _demo(data_dir / "demo.json")
    admin = f"http://localhost:{ports['UI_PORT']}"
    rows = [("Admin", f"{admin}/")]
    if account:
        rows += [
            ("Sign in as", account.get("email", "")),
            ("Password", f"{account.get('password', '')}   (kept in {data_dir / 'admin.txt'})"),
        ]
    if "shop_url" in demo:
        rows.append(("Demo shop", f"{admin}{demo['shop_url']}"))
    rows.append(("Collector", f"http://localhost:{ports['COLLECTOR_PORT']}/"))
    if "datastream" in demo:
        rows.append(("Datastream", demo["datastream"]))
    rows.append(("Meta sandbox", f"http://localhost:{ports['SANDBOX_PORT']}/"))
    return _framed(rows, "Ctrl-C ends everything. The data stays.")


def _account(path: Path) -> dict[str, str]:
    with suppress(OSError):
        lines = path.read_text().splitlines()
        pairs = (line.partition(":") for line in lines if ":" in line)
        return {key.strip(): value.strip() for key, _, value in pairs}
    return {}


def _demo(path: Path) -> dict[str, str]:
    with suppress(OSError, ValueError):
        found = json.loads(path.read_text())
        if isinstance(found, dict):
            return {str(key): str(value) for key, value in found.items()}
    return {}


def _framed(rows: Sequence[tuple[str, str]], footer: str) -> str:
    lines = [f"{label:<13} {value}" for label, value in rows]
    width = max(len(line) for line in (*lines, footer)) + 2 * len(_INDENT)
    bar = "─" * width
    body = [f"│{_INDENT}{line:<{width - len(_INDENT)}}│" for line in (*lines, "", footer)]
    return "\n".join((f"╭{bar}╮", *body, f"╰{bar}╯"))
