"""`manage.py after_restore`: have nothing counted twice that was sent after the backup."""

from __future__ import annotations

import datetime as dt

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from delivery import restoring
from delivery.batches import RESEND_WITHIN


class Command(BaseCommand):
    """Runs between the restore and the start of what takes and sends events."""

    help = "Note that what a restored database owes may have been sent since the backup."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the moment of the backup."""
        parser.add_argument(
            "--since",
            required=True,
            help="when the backup was begun, or the moment the database was put back to, with its "
            "zone: 2026-11-29T03:00Z",
        )

    def handle(self, *_args: object, **options: object) -> None:
        """Mark what is owed, and tell what will become of it."""
        since = _moment(str(options["since"]))
        try:
            marked = restoring.mark_possibly_sent(since)
        except restoring.StillRunning as running:
            raise CommandError(
                f"These run, or did two minutes ago: {running}. Stop them first: what they have "
                "taken or sent since the restore cannot be told apart."
            ) from None
        until = (since + RESEND_WITHIN).strftime("%Y-%m-%d %H:%M %Z")
        self.stdout.write(
            f"{marked.deliveries} deliveries may have been sent already. Until {until} they are "
            "sent again with the same ids; after that they end as failed, and wait in the Event "
            "Log for somebody to replay them."
        )
        if marked.events:
            self.stdout.write(
                f"{marked.events} events cannot be evaluated now. What they owe is sent when they "
                "can be, as if it never had been."
            )


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"“{text}” is no moment such as 2026-11-29T03:00Z.") from None
    if moment.tzinfo is None:
        raise CommandError("Please say the zone of the moment too, such as 2026-11-29T03:00Z.")
    if moment > timezone.now():
        raise CommandError("The moment of the backup has to lie in the past.")
    return moment
