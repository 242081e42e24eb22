"""One more worker beside the product's own, perhaps with a clock that is wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.ledger import wait_until
from tests.faults.signals import kill_all
from tests.faults.wrong_clock import Clock
from tests.product import ROOT, Product, children

_END_SECONDS = 40.0


@contextmanager
def extra_worker(product: Product, clock: Clock | None = None) -> Iterator[int]:
    """Run one more worker as long as the block lasts; give its main process.

    Args:
        product: whose work it does.
        clock: its own, where it has one.
    """
    command = product.command("worker")
    if clock is not None:
        command = ("python", "-m", "tests.faults.wrong_clock", str(clock.path), *command)
    environment = {**product.environment(), "REMAP_SIGTERM": "SIGQUIT"}
    program = {"python": (sys.executable,), "celery": (sys.executable, "-m", "celery")}[command[0]]
    name = ("--hostname", "extra@localhost")
    with (product.data_dir / "logs" / "extra-worker.log").open("ab") as log:
        process = subprocess.Popen(
            (*program, *command[1:], *name),
            cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        assert wait_until(lambda: bool(children(process.pid))), "the extra worker does not start"
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            kill_all([process.pid, *children(process.pid)])
            process.wait()
