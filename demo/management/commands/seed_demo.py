"""`manage.py seed_demo`: make what is missing of the demo. Safe at every start."""

from __future__ import annotations

import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from demo import seeding
from demo.storefront import production_datastream

ADDRESSES_FILE = "demo.json"


class Command(BaseCommand):
    """Make the demo administrator, property and first events where they are missing."""

    help = "Create the demo administrator, property and first events, unless they are there."

    def handle(self, *_args: object, **_options: object) -> None:
        """Seed, and write the demo's addresses to DATA_DIR/demo.json."""
        try:
            property_ = seeding.seed()
            _write_addresses()
        except (seeding.SeedingFailed, OSError) as error:
            raise CommandError(f"The demo cannot be made: {error}") from error
        self.stdout.write(f"The property “{property_}” is ready.")


def _write_addresses() -> None:
    datastream = production_datastream()
    addresses = {
        "datastream": datastream.public_id if datastream else "",
        "shop_url": reverse("demo:shop"),
    }
    path = settings.DATA_DIR / ADDRESSES_FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(addresses) + "\n")
