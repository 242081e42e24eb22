"""Find the destinations that events bring up, or make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import orjson
from django.conf import settings

import vault
from delivery.models import Destination
from delivery.storable import fit
from extensions import registry
from extensions.core.secret import SecretRef, referred

CREDENTIAL = "credential"
MOST_IN_ENVIRONMENT = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where a payload is owed to, as an evaluation gave it.

    `key` and `place` are keyed hashes, with and without the credential: places of one key travel
    together, and what waits for a broken credential may go with a working one of the same place.
    """

    environment_id: int
    property_id: str  # public id: what a sealed credential is bound to
    package: str
    address: Mapping[str, str]
    key: bytes
    place: bytes

    @property
    def identity(self) -> tuple[int, bytes]:
        """What its destination is found by."""
        return self.environment_id, self.key


def place_of(
    environment_id: int, property_id: str, package: str, address: Mapping[str, str]
) -> Place:
    """Return the place of an address.

    Raises:
        TypeError: the address has no form in JSON.
    """
    plain = {name: value for name, value in address.items() if name != CREDENTIAL}
    key, place = _fingerprint(package, address), _fingerprint(package, plain)
    return Place(environment_id, property_id, package, address, key, place)


def names_foreign_secret(address: Mapping[str, str]) -> bool:
    """Whether the credential looks like the name of a secret, and not the build gave it."""
    credential = address.get(CREDENTIAL, "")
    if isinstance(credential, SecretRef):
        return False
    return referred(credential) is not None or vault.is_sealed(credential)


def find_or_create(places: Iterable[Place]) -> dict[tuple[int, bytes], Destination]:
    """Return the destination of each place, by environment and key.

    Left out is what would be one too many for its environment: where an address comes out of the
    event, a visitor decides how many there are.
    """
    wanted = {place.identity: place for place in places}
    found = _find(wanted)
    missing = [place for identity, place in wanted.items() if identity not in found]
    if missing:
        new = [_new(place) for place in _allowed(missing)]
        Destination.objects.bulk_create(new, ignore_conflicts=True)
        found = _find(wanted)
    return found


def _allowed(missing: list[Place]) -> Iterator[Place]:
    """Give the first of these places, as many as their environments have room for."""
    environment_ids = {place.environment_id for place in missing}
    existing = Destination.objects.filter(environment_id__in=environment_ids).order_by()
    counts = Counter(existing.values_list("environment_id", flat=True))
    for place in missing:
        if counts[place.environment_id] < MOST_IN_ENVIRONMENT:
            counts[place.environment_id] += 1
            yield place


def _find(wanted: Mapping[tuple[int, bytes], Place]) -> dict[tuple[int, bytes], Destination]:
    candidates = Destination.objects.filter(
        environment_id__in={environment_id for environment_id, _ in wanted},
        key__in={key for _, key in wanted},
    )
    return {(found.environment_id, bytes(found.key)): found for found in candidates}


def _new(place: Place) -> Destination:
    address = dict(place.address)
    if CREDENTIAL in address:
        address[CREDENTIAL] = _closed(address[CREDENTIAL], place.property_id)
    context = Destination.address_context(place.key)
    return Destination(
        environment_id=place.environment_id,
        package=place.package,
        key=place.key,
        place=place.place,
        label=fit(_label(place), 120),
        sealed_address=vault.pack(settings.KEY_RING, address, context),
    )


def _closed(credential: str, property_id: str) -> str:
    """Return the credential as it may be kept: a reference, or sealed."""
    if isinstance(credential, SecretRef):
        return str(credential)
    return vault.seal_text(settings.KEY_RING, credential, property_id)


def _label(place: Place) -> str:
    package = registry.packages().get(place.package)
    if package is None or package.destination is None:
        return place.package
    return package.destination.label(place.address)


def _fingerprint(package: str, address: Mapping[str, str]) -> bytes:
    text = orjson.dumps([package, dict(address)], option=orjson.OPT_SORT_KEYS).decode()
    return settings.KEY_RING.fingerprint(text, "destination")
