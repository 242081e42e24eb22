"""`manage.py prepare`: what has to be done and looked at before the processes start."""

from __future__ import annotations

from typing import Any

from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from capi_admin import checks
from delivery import keys, partitions


class Command(BaseCommand):
    """Run it at every start of a deployment, as often as you like."""

    help = "Bring the tables up to date, and check keys, database and Redis."
    requires_system_checks = []

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Do it, or end with words for an operator; warnings are only told."""
        call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
        partitions.keep_partitions()
        self._prove_keys()
        found = run_checks(tags=[checks.TAG], include_deployment_checks=True, databases=["default"])
        for message in found:
            self.stderr.write(_words(message))
        errors = [_words(message) for message in found if message.level >= ERROR]
        if errors:
            raise CommandError(" ".join(errors))

    def _prove_keys(self) -> None:
        try:
            keys.prove()
        except keys.WrongKeys as problem:
            raise CommandError(str(problem)) from None


def _words(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()
