"""What the person at the terminal sees: steps with their seconds, and the children's lines."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_NAME_WIDTH = 9
# Calm colours of the 16 every terminal has: cyan, green, blue, magenta, and their light twins.
_COLOURS = (36, 32, 34, 35, 96, 92, 94, 95)


class Console:
    """Writes whole lines; colours only where a person watches."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._is_coloured = stream.isatty()
        self._colours: dict[str, int] = {}
        self._is_line_open = False

    def say(self, text: str) -> None:
        """Print a line of our own."""
        self._end_open_line()
        self._write(f"{text}\n")

    def relay(self, name: str, line: str) -> None:
        """Print a child's line after its name."""
        self._end_open_line()
        label = f"{name:<{_NAME_WIDTH}} |"
        if self._is_coloured:
            colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
            label = f"\x1b[{colour}m{label}\x1b[0m"
        self._write(f"{label} {line}\n")

    @contextmanager
    def step(self, title: str, done: str = "ready") -> Iterator[None]:
        """Show a step while it lasts, then how many seconds it took."""
        self._end_open_line()
        self._write(f"{title} …")
        self._is_line_open = True
        began = time.monotonic()
        try:
            yield
        except BaseException:
            self._end_open_line()
            raise
        prefix = "" if self._is_line_open else f"{title} …"
        self._is_line_open = False
        self._write(f"{prefix} {done} ({time.monotonic() - began:.1f} s)\n")

    def _end_open_line(self) -> None:
        if self._is_line_open:
            self._is_line_open = False
            self._write("\n")

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        """Write nowhere: the reader went away, and the children must still be ended in order."""
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123 - a device, not a path of ours
            os.dup2(nowhere.fileno(), self._stream.fileno())
