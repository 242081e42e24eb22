"""What the collector refuses and where its bounds are."""

from __future__ import annotations

from capi_admin.reference.markdown import code, table
from collector import endpoint, http, parsing, problems
from collector.problems import Problem

_KIB = 1024


def refusals() -> str:
    """Return the table of the collector's problem types."""
    found = [each for each in vars(problems).values() if isinstance(each, Problem)]
    return table(
        ("Type", "HTTP status", "Title"),
        ((code(f"/problems/{each.code}"), str(each.status), each.title) for each in found),
    )


def limits() -> str:
    """Return the table of what a request and an event may hold."""
    return table(
        ("Bound", "At most"),
        (
            ("Body of a request", _kib(http.BODY_BYTES)),
            ("Events in a request", str(endpoint.MAX_EVENTS)),
            ("One event, its `xdm` and `data` as compact JSON", _kib(parsing.EVENT_BYTES)),
            ("Levels of nesting in an event", str(parsing.MAX_DEPTH)),
            ("Keys in an event", str(parsing.MAX_KEYS)),
            ("Characters of a key", str(parsing.MAX_KEY_LENGTH)),
        ),
    )


def _kib(count: int) -> str:
    return f"{count // _KIB} KiB"
