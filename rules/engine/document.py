"""The document of a build: the content of every revision in it, in one canonical form.

Shape: ``{"format": 1, "property": PR…, "stage": …, "extensions": […], "data_elements": […],
"rules": […]}``, where each entry is the content of a revision. Equal documents have equal bytes,
so a build's hash says whether anything changed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from extensions import registry
from extensions.contract import Delegate

FORMAT = 1
_LISTS = {"extension": "extensions", "data_element": "data_elements", "rule": "rules"}


def assemble(
    property_id: str, stage: str, contents: Iterable[tuple[str, Mapping[str, Any]]]
) -> dict[str, Any]:
    """Put the contents of revisions, each with its kind, into one document.

    Disabled resources stay in: a token or component that refers to one deserves a better message
    than "unknown". They are left out when the document is compiled.
    """
    document: dict[str, Any] = {"format": FORMAT, "property": property_id, "stage": stage}
    document |= {name: [] for name in _LISTS.values()}
    for kind, content in contents:
        document[_LISTS[kind]].append(dict(content))
    for name in _LISTS.values():
        document[name].sort(key=lambda content: (content["name"], content["id"]))
    return document


def canonical(document: Mapping[str, Any]) -> bytes:
    """Return the document's bytes: JSON with sorted keys and no spaces."""
    # Not orjson: the database gives 1e22 back as an integer, which is more than orjson writes.
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode()


def delegate_of(part: Mapping[str, Any]) -> Delegate | None:
    """Return the type of a component or data element; None where no package offers it."""
    try:
        return registry.delegate(part["delegate"])
    except registry.UnknownDelegate:
        return None
