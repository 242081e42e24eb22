"""A pytest plugin: prints what a fault run came to below the tests' results.

With several processes the one that prints has played nothing, and no conftest of this folder. What
another one has to tell comes to it when that one ends.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

_KEY = "faults"
_CHAPTERS = pytest.StashKey[list[tuple[str, list[str]]]]()


def tell(config: pytest.Config, heading: str, lines: Iterable[str]) -> None:
    """Have lines printed under a heading when the run is over."""
    chapter = (heading, list(lines))
    output = getattr(config, "workeroutput", None)
    if output is None:
        config.stash.setdefault(_CHAPTERS, []).append(chapter)
    else:
        output.setdefault(_KEY, []).append(chapter)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of a parallel run has to tell; one that crashed tells nothing."""
    for heading, lines in getattr(node, "workeroutput", {}).get(_KEY, []):
        tell(node.config, heading, lines)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print it all."""
    for heading, lines in config.stash.get(_CHAPTERS, []):
        terminalreporter.section(heading)
        for line in lines:
            terminalreporter.write_line(line)
