"""`manage.py erase_subject`: erase what is stored about one person."""

from __future__ import annotations

import uuid
from getpass import getpass

from django.core.management.base import BaseCommand, CommandError, CommandParser

from delivery import erasing
from delivery.erasing import Person
from delivery.models import Erasure
from rules.models import Property

_ASKED = (("email", "E-mail address"), ("phone", "Telephone number"), ("external_id", "ID"))


class Command(BaseCommand):
    """Looks first and says how much it found; erases only with ``--erase``."""

    help = "Find the events of one person, and with --erase take their data away for good."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the properties to look in. Who it is, is asked for: arguments stay in histories."""
        parser.add_argument(
            "--property", action="append", help="ID of a property (PR…); all of them without it"
        )
        parser.add_argument("--erase", action="store_true", help="erase what is found")
        parser.add_argument(
            "--no-input", action="store_true", help="read three lines and do not ask to confirm"
        )

    def handle(self, *_args: object, **options: object) -> None:
        """Look through each property, tell what was found, and erase it if that was asked for."""
        properties = Property.objects.order_by("name")
        if wanted := options["property"]:
            properties = properties.filter(public_id__in=wanted)
        person = self._person(asks=not options["no_input"])
        if not person.given or not properties.exists():
            raise CommandError("Nobody to look for, or no property to look in.")
        for property_ in properties:
            found = erasing.run(erasing.look_for(property_, person, uuid.uuid4(), None))
            self.stdout.write(
                f"{property_}: {found.found} of {found.looked_at} events tell of the person."
            )
            if found.unreadable:
                self.stdout.write(f"{found.unreadable} events cannot be read: a key is missing.")
            self._decide(found, erase=bool(options["erase"]), asks=not options["no_input"])

    def _decide(self, found: Erasure, *, erase: bool, asks: bool) -> None:
        if not erase or not found.found or (asks and not self._is_confirmed(found)):
            erasing.stop(found, None)
            self.stdout.write("Nothing was erased.")
            return
        erasing.confirm(found, None)
        found.refresh_from_db()
        self.stdout.write(f"Erased: {erasing.run(found).erased} events.")

    def _is_confirmed(self, found: Erasure) -> bool:
        self.stdout.write("This cannot be undone. Type the name of the property to erase them:")
        return input().strip() == found.property.name

    def _person(self, *, asks: bool) -> Person:
        return Person(**{name: _answer(label, asks=asks) for name, label in _ASKED})


def _answer(label: str, *, asks: bool) -> str:
    # Not echoed, so that it does not stay on the screen either.
    return getpass(f"{label} (empty for none): ") if asks else input()
