"""`manage.py seed_demo`: make what is missing of the demo. Safe at every start."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError

from demo import addresses, seeding


class Command(BaseCommand):
    """Make the demo administrator, property and first events where they are missing."""

    help = "Create the demo administrator, property and first events, unless they are there."

    def handle(self, *_args: object, **_options: object) -> None:
        """Seed, and write the demo's addresses to DATA_DIR/demo.json."""
        try:
            property_ = seeding.seed()
            addresses.write(property_)
        except (seeding.SeedingFailed, OSError) as error:
            raise CommandError(f"The demo cannot be made: {error}") from error
        self.stdout.write(f"The property “{property_}” is ready.")
