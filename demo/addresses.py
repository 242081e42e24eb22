"""The note that the seed leaves in DATA_DIR: where the demo is. Without it there is no demo.

`make run` prints what it says. A property that only has the demo's name is nobody's public shop.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from rules.models import Environment, Property


def write(property_: Property) -> None:
    """Note the production datastream of the seeded property, and the shop's address.

    Raises:
        OSError: the folder cannot be written.
    """
    production = property_.environments.get(stage=Environment.Stage.PRODUCTION)
    stream = production.datastreams.first()
    addresses = {
        "datastream": stream.public_id if stream else "",
        "shop_url": reverse("demo:shop"),
    }
    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(addresses) + "\n")


def datastream_id() -> str:
    """Return the datastream's public id; "" where no demo was seeded."""
    try:
        noted: str = json.loads(_path().read_text())["datastream"]
    except (OSError, ValueError, KeyError):
        return ""
    return noted


def _path() -> Path:
    folder: Path = settings.DATA_DIR
    return folder / "demo.json"
