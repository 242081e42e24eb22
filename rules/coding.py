"""What runs custom code for the engine: the sandbox of this process, unless it is switched off."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Mapping
from functools import cache

from django.conf import settings

from custom_code.sandbox import CodeFailure, Sandbox
from extensions.contract import JSON, CodeError, CodeRunner, Ran


def runner() -> CodeRunner | None:
    """Return what runs custom code; None where this server runs none."""
    return _sandboxed() if settings.CUSTOM_CODE else None


class Sandboxed:
    """The sandbox as the engine asks for it. Its process starts with the first code."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def run(
        self,
        build: str,
        code: str,
        given: Mapping[str, JSON],
        seed: str,
        ask: Callable[[str], JSON],
    ) -> Ran:
        """Run code; see `extensions.contract.CodeRunner`.

        Raises:
            CodeError: it gave no value.
        """
        try:
            outcome = self._sandbox.run(build, code, given, seed, ask)
        except CodeFailure as failure:
            raise CodeError(str(failure), failure.lines) from None
        return Ran(outcome.value, outcome.lines)


@cache
def _sandboxed() -> Sandboxed:
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    return Sandboxed(sandbox)
