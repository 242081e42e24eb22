"""Properties to send events to, each with a pixel of its own: no test sees another one's events.

Run as a program against a product's database, since a test run has a database of its own:
`python -m tests.faults.places NAME PIXEL[;TWIN] ...` prints one place per name as JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.faults.marks import TOKEN_MARK
from tests.product import ROOT, Product

if TYPE_CHECKING:
    from rules.models import Property

META = "facebook_conversions_api_extension"
ELEMENTS = {
    "Event ID": "arc.event.data.eventId",
    "Event Name": "arc.event.data.name",
    "Email": "arc.event.data.email",
    "Time": "arc.event.data.time",
}
# The address that an event is sent with tells which build sent it.
PAGE = "https://shop.example/build-"
ACTION = {
    "eventName": "{{Event Name}}",
    "eventId": "{{Event ID}}",
    "actionSource": "website",
    "eventTime": "{{Time}}",
    "eventSourceUrl": f"{PAGE}1",
    "email": "{{Email}}",
}
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """Where events are posted, and where they arrive.

    Args:
        name: what it is used for.
        property_id: the property's public id.
        environment_id: database id of its development environment.
        datastream: public id that events are posted to.
        pixel: the pixel its events are sent to; empty where Meta is not set up yet.
        twin: a second pixel that they are sent to as well; mostly empty.
    """

    name: str
    property_id: str
    environment_id: int
    datastream: str
    pixel: str
    twin: str = ""

    @property
    def pixels(self) -> tuple[str, ...]:
        """Every pixel that its events are sent to."""
        return tuple(filter(None, (self.pixel, self.twin)))


def make_places(
    product: Product, names: Sequence[str], twins: Collection[str] = ()
) -> dict[str, Place]:
    """Make a property for each name: one rule that sends every event, built for development.

    Those named in `twins` send every event to two destinations.
    """
    pixels = {name: f"77{number:013}" for number, name in enumerate(names)}
    chosen = [(name, f"{p};78{p[2:]}" if name in twins else p) for name, p in pixels.items()]
    return _run(product, [part for pair in chosen for part in pair])


def make_bare_places(product: Product, names: Sequence[str]) -> dict[str, Place]:
    """Make a property for each name, whose Meta extension is left for the test to set up."""
    return _run(product, [part for name in names for part in (name, "")])


def _run(product: Product, arguments: list[str]) -> dict[str, Place]:
    made = subprocess.run(
        (sys.executable, "-m", "tests.faults.places", *arguments),
        cwd=ROOT,
        env=product.environment(),
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return {row["name"]: Place(**row) for row in json.loads(made.stdout)}


def _main(arguments: list[str]) -> None:
    import django

    django.setup()
    pairs = zip(arguments[::2], arguments[1::2], strict=True)
    places = [_make(name, *pixels.partition(";")[::2]) for name, pixels in pairs]
    sys.stdout.write(json.dumps([asdict(place) for place in places]))


def _make(name: str, pixel: str, twin: str) -> Place:
    from accounts.models import User
    from rules.models import Environment
    from rules.provisioning import create_property

    property_ = create_property(f"Faults: {name}", User.objects.get(is_superuser=True))
    for element, path in ELEMENTS.items():
        property_.data_elements.create(
            name=element, delegate="core::dataElements::path", settings={"path": path}
        )
    rule = property_.rules.create(name="Every event")
    for order, settings in enumerate([ACTION, {**ACTION, "pixelId": twin}][: 2 if twin else 1]):
        rule.components.create(
            kind="action",
            order=order,
            name=f"Send Conversions API Event {order + 1}",
            delegate=f"{META}::actions::send_capi_data",
            settings=settings,
        )
    if pixel:
        _publish(property_, pixel)
    environment = property_.environments.get(stage=Environment.Stage.DEVELOPMENT)
    datastream = environment.datastreams.get().public_id
    return Place(name, property_.public_id, environment.pk, datastream, pixel, twin)


def _publish(property_: Property, pixel: str) -> None:
    from django.conf import settings

    import vault
    from extensions import registry
    from rules import building, publishing
    from rules.models import Build
    from rules.provisioning import install

    extension = install(property_, registry.packages()[META], None)
    token = vault.seal_text(settings.KEY_RING, f"{TOKEN_MARK}{pixel}", property_.public_id)
    extension.settings = {"pixelId": pixel, "accessToken": token}
    extension.save()
    library = publishing.create_library(property_, "First", None)
    publishing.add_all_changed(library, None)
    build = publishing.request_build(library, None)
    while build.status == Build.Status.PENDING:
        building.run(build.public_id)  # does nothing where the product's worker was faster
        build.refresh_from_db()
    assert build.status == Build.Status.SUCCEEDED, build.problems


if __name__ == "__main__":
    _main(sys.argv[1:])
