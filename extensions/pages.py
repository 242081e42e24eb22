"""Where the docs page of a package or a delegate lies: its id says so, and it can be guessed.

``core::dataElements::lookup-table`` is on the page ``extensions/core/data-elements/lookup-table``.
"""

from __future__ import annotations

import re

INDEX = "extensions"  # the page that lists them all, and the folder that holds the others
_CAPITAL = re.compile(r"[A-Z]")


def of_package(package_id: str) -> str:
    """Return the page of a package, without an ending."""
    return f"{INDEX}/{package_id}/README"


def of_delegate(delegate_id: str) -> str:
    """Return the page of a condition, an action or a data element type, without an ending."""
    package_id, *rest = delegate_id.split("::")
    kind = _CAPITAL.sub(lambda capital: f"-{capital[0].lower()}", "/".join(rest[:-1]))
    return "/".join(filter(None, (INDEX, package_id, kind, rest[-1])))
