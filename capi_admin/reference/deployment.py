"""The variables of a deployment, from the lists that read them."""

from __future__ import annotations

from collections.abc import Iterable

from capi_admin.env import VARIABLES, Variable
from capi_admin.reference.markdown import code, table
from capi_admin.up.options import PORTS


def variables() -> str:
    """Return the table of what every process reads."""
    return _table(VARIABLES.values())


def ports() -> str:
    """Return the table of what only `make run` reads."""
    return _table(PORTS)


def _table(listed: Iterable[Variable]) -> str:
    return table(
        ("Variable", "Default", "From a file", "Meaning"),
        ((code(each.name), _default(each), _file(each), each.meaning) for each in listed),
    )


def _default(variable: Variable) -> str:
    if variable.default is None:
        return "none, required"
    return code(variable.default) if variable.default else "empty"


def _file(variable: Variable) -> str:
    return code(f"{variable.name}_FILE") if variable.secret else ""
