"""Turn claimed deliveries into one request: what may still be sent, what fits, with the credentials
opened and the attempt on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from django.conf import settings
from django.db import connection

import vault
from delivery import columns, finishing
from delivery.attempts import open_attempt
from delivery.backoff import MOST_PATIENCE_SECONDS
from delivery.batches import fitting, why_not
from delivery.claims import DeliveryClaim, Key, QueuedRow, release_deliveries
from delivery.commits import by_key
from delivery.credentials import NoCredential, open_address, open_credentials
from delivery.destinations import sender_of
from delivery.failures import described
from delivery.models import Destination
from delivery.models.sends import payload_context
from extensions import contract, registry

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Ready:
    """A request that may be made now. It holds opened credentials, so it has no repr."""

    claim: DeliveryClaim  # with exactly the deliveries that travel
    sender: contract.Destination
    base_url: str
    is_guarded: bool  # the host is named by a rule, so not all may be reached
    request: contract.Request
    credentials: tuple[str, ...]


def most_events(package_id: str) -> int:
    """Return how many events one request of a package may carry."""
    sender = sender_of(package_id)
    return sender.max_events if sender else 1


def make_ready(claim: DeliveryClaim) -> Ready | None:
    """Prepare the request for a claim. None when nothing is left to send, or it may not be sent.

    Whatever does not travel is finished or given back here.
    """
    if claim.is_probe:
        finishing.expire_waiting(claim.destination_id)
    rows = _still_wanted(claim)
    payloads = _payloads(claim, rows)
    if not payloads:
        return None
    destination = Destination.objects.get(pk=claim.destination_id)
    claim = replace(claim, rows=[row for row in rows if row.key in payloads])
    sender = sender_of(destination.package)
    if sender is None:
        finishing.hold_back(claim, "package_missing")
        return None
    claim = _cut_to_size(claim, payloads, sender.max_bytes)
    return _with_credentials(claim, destination, sender, payloads)


def _with_credentials(
    claim: DeliveryClaim,
    destination: Destination,
    sender: contract.Destination,
    payloads: dict[Key, bytes],
) -> Ready | None:
    keys = [row.key for row in claim.rows]
    try:
        ready = compose(claim, destination, sender, [payloads[key] for key in keys])
    except NoCredential as problem:
        finishing.hold_back(claim, problem.code)
        return None
    except Exception as error:  # noqa: BLE001 - a package's bug must not stop other destinations
        logger.error("request_not_made", destination_id=destination.pk, **described(error))
        finishing.refuse_unbuildable(claim)
        return None
    ours = set(open_attempt(claim, keys))
    if len(ours) < len(keys):
        claim = replace(claim, rows=[row for row in claim.rows if row.key in ours])
        return _with_credentials(claim, destination, sender, payloads) if ours else None
    return ready


def compose(
    claim: DeliveryClaim,
    destination: Destination,
    sender: contract.Destination,
    payloads: Sequence[bytes],
) -> Ready:
    """Make the request that carries these payloads, those of the claim.

    Raises:
        NoCredential: a credential cannot be had now, or there is no host to send to.
        Exception: whatever a package's own code raises.
    """
    address = open_address(destination)
    credentials = open_credentials(destination.package, address, destination.environment_id)
    origin = sender.origin(address)
    request = sender.request(address, credentials, payloads)
    base_url = origin or base_url_of(destination.package)
    if not base_url:
        raise NoCredential("package_missing")
    return Ready(claim, sender, base_url, bool(origin), request, tuple(credentials.values()))


def _still_wanted(claim: DeliveryClaim) -> list[QueuedRow]:
    """Give up what is too old or cannot be helped; return the rest."""
    wanted: list[QueuedRow] = []
    hopeless: dict[str, list[Key]] = {}
    for row in claim.rows:
        code = why_not(row, claim.at)
        if code:
            hopeless.setdefault(code, []).append(row.key)
        else:
            wanted.append(row)
    for code, keys in hopeless.items():
        finishing.give_up(claim, keys, code)
    return wanted


def _payloads(claim: DeliveryClaim, rows: list[QueuedRow]) -> dict[Key, bytes]:
    """Return the payload of each delivery that can be read; see to the others."""
    ring, sealed = settings.KEY_RING, _sealed(rows)
    found: dict[Key, bytes] = {}
    unreadable: list[Key] = []
    locked: list[Key] = []
    for row in rows:
        key = row.key
        try:
            found[key] = vault.unpack_text(ring, sealed[key], payload_context(*key))
        except vault.UnknownKey:
            locked.append(key)
        except (KeyError, vault.CannotOpen):
            unreadable.append(key)
    if unreadable:
        finishing.give_up(claim, unreadable, "payload_unreadable")
    # Their key may be in the ring again after the next start.
    if locked and claim.is_probe:  # takes what is not due, and must not take the same again at once
        finishing.hold_back(claim, "key_missing")
        return {}
    if locked:
        finishing.put_off(claim, locked, "key_missing", MOST_PATIENCE_SECONDS)
    return found


def _sealed(rows: list[QueuedRow]) -> dict[Key, bytes]:
    with by_key(), connection.cursor() as cursor:
        cursor.execute(_BODIES, [columns.ids({row.event_id for row in rows})])
        return {Key(*key): payload for *key, payload in cursor.fetchall()}


def _cut_to_size(
    claim: DeliveryClaim, payloads: dict[Key, bytes], most_bytes: int
) -> DeliveryClaim:
    """Give back what does not fit into one request."""
    count = fitting((payloads[row.key] for row in claim.rows), most_bytes)
    rest = claim.rows[count:]
    if rest:
        release_deliveries(claim, [row.key for row in rest])
    return replace(claim, rows=claim.rows[:count])


def packages_with_own_hosts() -> list[str]:
    """Return the packages whose addresses name the host, so that a rule does."""
    senders = (package.id for package in registry.packages().values() if package.destination)
    return [package_id for package_id in senders if not base_url_of(package_id)]


def base_url_of(package_id: str) -> str:
    """Return the host a package's requests go to, as deployed; empty for none.

    A package that names a host of its own, per address, has none here.
    """
    return str(settings.DESTINATION_URLS.get(package_id, ""))


_BODIES = """
SELECT event_id, component, payload FROM delivery_body WHERE event_id = ANY(%s::uuid[])
"""
