"""How much memory processes hold."""

from __future__ import annotations

from pathlib import Path

from tests.product import Product, descendants


def largest(product: Product, name: str) -> float:
    """Return what the largest process under a name holds; 0 when none of them runs now.

    The process that is started under a name mostly only keeps those that do its work.

    Returns:
        megabytes.
    """
    try:
        return largest_below(product.pid(name))
    except LookupError:
        return 0.0


def largest_below(pid: int) -> float:
    """Return what the largest holds of a process and those below it, in megabytes."""
    return max(map(_megabytes, {pid, *descendants(pid)}))


def _megabytes(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it has just ended
        return 0.0
    sizes = [int(line.split()[1]) for line in lines if line.startswith("VmRSS:")]
    return sum(sizes) / 1024
