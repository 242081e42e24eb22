"""Find the destinations that events bring up, or make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

import orjson
import structlog
from django.conf import settings
from django.db import connection

import vault
from delivery.failures import described
from delivery.models import Destination
from delivery.storable import fit
from extensions import contract, registry
from extensions.core.secret import SecretRef, referred

logger = structlog.get_logger(__name__)

MOST_IN_ENVIRONMENT = 1_000
_TOLD: set[tuple[str, type[Exception]]] = set()


class Gone(Exception):
    """A destination was removed."""


class Place(NamedTuple):
    """Where a payload is owed to, as an evaluation gave it.

    `key` and `place` are keyed hashes, with and without the credentials: places of one key travel
    together, and what waits for a broken credential may go with a working one of the same place.
    """

    environment_id: int
    property_id: str  # public id: what sealed credentials are bound to
    package: str
    address: Mapping[str, str]
    key: bytes
    place: bytes

    def __repr__(self) -> str:
        """Keep the credentials out of whatever may be logged."""
        return f"Place({self.environment_id}, {self.package})"

    @property
    def identity(self) -> tuple[int, bytes]:
        """What its destination is found by."""
        return self.environment_id, self.key


def place_of(
    ring: vault.KeyRing,
    environment_id: int,
    property_id: str,
    package: str,
    address: Mapping[str, str],
) -> Place:
    """Return the place of an address.

    Raises:
        TypeError: the address has no form in JSON.
    """
    key, place = _fingerprints(ring, package, tuple(address.items()))
    return Place(environment_id, property_id, package, address, key, place)


def sender_of(package_id: str) -> contract.Destination | None:
    """Return what a package sends with; None where it is not installed, or sends nothing."""
    package = registry.packages().get(package_id)
    return package.destination if package else None


def credentials_of(package_id: str) -> tuple[str, ...]:
    """Return which keys of a package's addresses hold secrets."""
    sender = sender_of(package_id)
    return tuple(sender.credentials) if sender else ()


def identifiers_in(package_id: str, payload: Mapping[str, contract.JSON]) -> list[str]:
    """Return what in a payload tells one person from others.

    A package that fails at it must not stop the event, nor others: then there is nothing.
    """
    sender = sender_of(package_id)
    if sender is None:
        return []
    try:
        return [str(each) for each in sender.identifiers(payload)]
    except Exception as error:  # noqa: BLE001 - it may be anybody's
        if _is_news(package_id, type(error)):
            logger.error("identifiers_not_found", package=package_id, **described(error))
        return []


def _is_news(package_id: str, kind: type[Exception]) -> bool:
    """Whether this process has not told of it yet: every event of a build would bring the same."""
    is_news = (package_id, kind) not in _TOLD
    _TOLD.add((package_id, kind))
    return is_news


def names_foreign_secret(package: str, address: Mapping[str, str]) -> bool:
    """Whether a credential looks like the name of a secret, and not the build gave it."""
    return any(_is_foreign(address.get(name, "")) for name in credentials_of(package))


def _is_foreign(credential: str) -> bool:
    if isinstance(credential, SecretRef):
        return False
    return referred(credential) is not None or vault.is_sealed(credential)


def closed(package: str, address: Mapping[str, str], property_id: str) -> dict[str, str]:
    """Return the address as it may be kept: its credentials are references, or sealed."""
    secret = [name for name in credentials_of(package) if name in address]
    return {**address, **{name: _closed(address[name], property_id) for name in secret}}


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
    _renew_marks(wanted, found)
    return found


def keep(keys: Collection[int]) -> None:
    """Keep destinations from being removed until this transaction ends.

    Raises:
        Gone: one was removed since it was found; who looks for it again makes it anew.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, [list(keys)])
        if len(cursor.fetchall()) < len(keys):
            raise Gone


def _renew_marks(
    wanted: Mapping[tuple[int, bytes], Place], found: Mapping[tuple[int, bytes], Destination]
) -> None:
    """Give destinations the loud words that their package has for them now.

    Those of before marks were kept have none, and a later version may word them otherwise.
    """
    for identity, destination in found.items():
        mark = fit(_mark(wanted[identity]), 120)
        if destination.mark != mark:
            destination.mark = mark
            destination.save(update_fields=["mark"])


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
    if not wanted:
        return {}
    environment_ids, keys = zip(*wanted, strict=True)
    found = Destination.objects.raw(_FIND, [list(environment_ids), list(keys)])
    return {(one.environment_id, bytes(one.key)): one for one in found}


def _new(place: Place) -> Destination:
    address = closed(place.package, place.address, place.property_id)
    context = Destination.address_context(place.key)
    return Destination(
        environment_id=place.environment_id,
        package=place.package,
        key=place.key,
        place=place.place,
        label=fit(_label(place), 120),
        mark=fit(_mark(place), 120),
        sealed_address=vault.pack(settings.KEY_RING, address, context),
    )


def _closed(credential: str, property_id: str) -> str:
    if isinstance(credential, SecretRef):
        return str(credential)
    return vault.seal_text(settings.KEY_RING, credential, property_id)


def _label(place: Place) -> str:
    sender = sender_of(place.package)
    return sender.label(place.address) if sender else place.package


def _mark(place: Place) -> str:
    sender = sender_of(place.package)
    return sender.mark(place.address) if sender else ""


# Nearly every event goes to one of a few places.
@lru_cache(maxsize=256)
def _fingerprints(
    ring: vault.KeyRing, package: str, address: tuple[tuple[str, str], ...]
) -> tuple[bytes, bytes]:
    """Return the keyed hashes of an address with and without its credentials."""
    secret = credentials_of(package)
    whole = dict(address)
    plain = {name: value for name, value in address if name not in secret}
    return _fingerprint(ring, package, whole), _fingerprint(ring, package, plain)


def _fingerprint(ring: vault.KeyRing, package: str, address: dict[str, str]) -> bytes:
    text = orjson.dumps([package, address], option=orjson.OPT_SORT_KEYS).decode()
    return ring.fingerprint(text, "destination")


# Asked for each batch of events.
_FIND = """
SELECT d.* FROM unnest(%s::bigint[], %s::bytea[]) AS w(environment_id, key)
JOIN destination AS d ON d.environment_id = w.environment_id AND d.key = w.key
"""

_KEEP = "SELECT id FROM destination WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"
