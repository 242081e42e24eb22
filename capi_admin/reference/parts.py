"""The generated parts of the docs, and how they get into the pages that hold them.

A page marks a part with ``<!-- generated: name -->`` before and ``<!-- end -->`` after it, each on
a line of its own. Everything around is written by hand and stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from capi_admin.reference import catalog, deployment, edge, log, monitoring

PARTS: dict[str, Callable[[], str]] = {
    "variables": deployment.variables,
    "ports": deployment.ports,
    "metrics": monitoring.metrics,
    "limits": edge.limits,
    "refusals": edge.refusals,
    "reasons": log.reasons,
    "meta refusals": log.meta_refusals,
    "meta answers": log.meta_answers,
    "meta errors": log.meta_errors,
    "meta lint": log.meta_lint,
    "meta survey": log.meta_survey,
    "packages": catalog.index,
    "operators": catalog.operators,
    "meta customer information": catalog.customer_information,
    **catalog.CHAPTERS,
}

_MARKED = re.compile(
    r"^<!-- generated: (?P<name>.+?) -->\n(?:(?!<!-- generated).)*?^<!-- end -->$",
    re.DOTALL | re.MULTILINE,
)


class BadMarker(ValueError):
    """A page names a part that is not made here, or does not say where one ends."""


def names_in(page: str) -> list[str]:
    """Return the names of the parts that a page holds.

    Raises:
        BadMarker: see the class.
    """
    names = [match["name"] for match in _MARKED.finditer(page)]
    if page.count("<!-- generated:") != len(names):
        raise BadMarker(f"A generated part is not ended. Those that are: {', '.join(names)}.")
    unknown = sorted(set(names) - PARTS.keys())
    if unknown:
        raise BadMarker(f"No such generated part: {', '.join(unknown)}.")
    return names


def renewed(page: str) -> str:
    """Return the page with its generated parts made anew.

    Raises:
        BadMarker: see the class.
    """
    names_in(page)
    return _MARKED.sub(_part, page)


def blank(name: str) -> str:
    """Return a page that holds nothing but one part, not yet made."""
    return f"<!-- generated: {name} -->\n<!-- end -->\n"


def _part(match: re.Match[str]) -> str:
    name = match["name"]
    return f"<!-- generated: {name} -->\n\n{PARTS[name]()}\n\n<!-- end -->"
