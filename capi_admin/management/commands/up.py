"""`manage.py up`: the whole product on this machine. `make run` calls it."""

from __future__ import annotations

import os
import sys

from django.core.management.base import BaseCommand

from capi_admin.up import options
from capi_admin.up.console import Console
from capi_admin.up.problem import CannotStart
from capi_admin.up.start import up

_OLDEST_PYTHON = (3, 11)


class Command(BaseCommand):
    """Run it with ``--settings capi_admin.up.settings``: it makes what the real settings need."""

    help = "Start the admin, the collector, the workers, the Meta sandbox and their servers."
    requires_system_checks = []

    def handle(self, *_args: object, **_options: object) -> None:
        """Run until Ctrl-C or SIGTERM; exit 1 with one line when the start cannot go on."""
        try:
            _require_python()
            up(options.read(os.environ), Console(sys.stdout))
        except CannotStart as problem:
            sys.exit(str(problem))


def _require_python() -> None:
    if sys.version_info < _OLDEST_PYTHON:
        raise CannotStart(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
