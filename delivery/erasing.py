"""Erase what is stored about one person: find it, show how much it is, and take it away for good.

A person is known by an e-mail address, a telephone number or an id of the property's own. Only
keyed hashes of those are stored, and only while they are needed. The whole log of a property is
looked through, since the content of an event that was never sent tells of a person too.

Erasing wins against work that is under way: an evaluation finds its event erased, a request that
comes back finds its deliveries gone from the queue, and neither writes anything more. What a
request under way has handed over already is with its receiver.
"""

from __future__ import annotations

import datetime as dt
import re
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

import vault
from accounts import audit
from accounts.models import User
from delivery import wakeups
from delivery.commits import by_key
from delivery.contexts import body_context
from delivery.failures import described, renew_connection
from delivery.ids import first_id_at, milliseconds_of, new_id
from delivery.intake import client_id_of, key_of, name_of
from delivery.models import Erasure, ErasureMatch, Event
from delivery.people import person_hashes
from rules.models import Property

logger = structlog.get_logger(__name__)

# Then nobody decides any more, and what tells the person must not be kept for ever.
MOST_TIME_TO_DECIDE = dt.timedelta(days=30)
LOOK = 1_000  # events of one step
BATCH = 200
REASON = "erasure_request"
EMAIL, PHONE, EXTERNAL_ID = "email", "phone", "external_id"

_START = uuid.UUID(int=0)
_PHONE = re.compile(r"[0-9+()/.\s-]{6,40}")
_LATE_MILLISECONDS = 60_000
_LONGEST = 512  # characters of a text that can be an identifier


@dataclass(frozen=True, slots=True)
class Person:
    """The identifiers somebody entered. Never stored, never logged."""

    email: str = ""
    phone: str = ""
    external_id: str = ""

    @property
    def given(self) -> list[str]:
        """Which kinds there are."""
        kinds = {EMAIL: self.email, PHONE: self.phone, EXTERNAL_ID: self.external_id}
        return [kind for kind, text in kinds.items() if text.strip()]

    def needles(self) -> set[bytes]:
        """Return the keyed hashes that tell the person."""
        texts = (self.email, self.phone, self.external_id)
        return {needle for text in texts for needle in needles_of(text)}


def needles_of(text: str) -> set[bytes]:
    """Return the keyed hashes under which a text may stand in the log.

    As it is, in lower case, and as digits alone where it may be a telephone number; each in clear
    or hashed with SHA-256 already.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return set()
    forms = {text, text.lower()}
    if _PHONE.fullmatch(text):
        digits = re.sub(r"[^0-9]", "", text)
        forms |= {digits, digits.lstrip("0"), f"+{digits}"}
    return person_hashes(settings.KEY_RING, forms)


def look_for(property_: Property, person: Person, token: uuid.UUID, actor: User | None) -> Erasure:
    """Begin to look for a person. Erases nothing; asking twice with one token begins once."""
    ids = Event.objects.of(property_).values_list("id", flat=True)
    floor = ids.last() or _START
    with transaction.atomic():
        found, is_new = Erasure.objects.get_or_create(
            token=token,
            defaults={
                "property": property_,
                "needles": sorted(person.needles()),
                "given": person.given,
                "floor": floor,
                "until": new_id(),
                "cursor": _before(floor),
                "created_by": actor.email if actor else audit.SYSTEM,
            },
        )
        if is_new:
            _record(found, actor, "person.looked_for")
        transaction.on_commit(lambda: wakeups.wake(wakeups.ERASE))
    return found


def confirm(found: Erasure, actor: User | None) -> bool:
    """Erase what was found, and what came since; say whether this call began it."""
    with transaction.atomic():
        begun = Erasure.objects.filter(pk=found.pk, state=Erasure.State.FOUND).update(
            state=Erasure.State.ERASING, until=new_id(), cursor=_shortly_before(found.cursor)
        )
        if begun:
            _record(found, actor, "person.erased", events=found.found)
        transaction.on_commit(lambda: wakeups.wake(wakeups.ERASE))
    return bool(begun)


def stop(found: Erasure, actor: User | None) -> None:
    """Forget what was found. Nothing is erased."""
    waiting = Erasure.objects.filter(
        pk=found.pk, state__in=[Erasure.State.LOOKING, Erasure.State.FOUND]
    )
    with transaction.atomic():
        if waiting.update(state=Erasure.State.STOPPED, needles=[], finished_at=timezone.now()):
            ErasureMatch.objects.filter(erasure=found).delete()
            _record(found, actor, "person.kept")


def stop_undecided() -> None:
    """Forget what was looked for long ago and never decided about."""
    undecided = Erasure.objects.select_related("property").filter(
        state__in=[Erasure.State.LOOKING, Erasure.State.FOUND],
        created_at__lt=timezone.now() - MOST_TIME_TO_DECIDE,
    )
    for found in undecided:
        stop(found, None)


def is_under_way() -> bool:
    """Whether something is looked for, or being erased."""
    return _under_way().exists()


def step_all() -> bool:
    """Take every request one step further; say whether any of them moved."""
    moved = [_stepped(pk) for pk in _under_way().values_list("pk", flat=True)]
    return any(moved)


def _stepped(erasure_id: int) -> bool:
    """Take a step. One request that fails keeps no other waiting; a sweep has it tried again."""
    try:
        return step(erasure_id)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other requests go on
        logger.error("erasure_not_taken_further", erasure_id=erasure_id, **described(error))
        renew_connection()
        return False


def step(erasure_id: int) -> bool:
    """Take one request a batch further; say whether it moved. What it did is safe, or undone."""
    with transaction.atomic():
        found = (
            _under_way()
            .select_for_update(skip_locked=True, of=("self",))
            .filter(pk=erasure_id)
            .first()
        )
        if found is None:
            return False
        if _look(found):
            return True
        if found.state == Erasure.State.LOOKING:
            found.state = Erasure.State.FOUND
            found.save()
            return True
        ids = list(found.matches.values_list("event_id", flat=True).order_by("event_id")[:BATCH])
    return _erased(found, ids)


def run(found: Erasure) -> Erasure:
    """Take one request as far as it goes by itself, here and now."""
    while found.is_running:
        if not step(found.pk):
            time.sleep(0.2)  # a worker has it
        found.refresh_from_db()
    return found


def erase_events(event_ids: Iterable[uuid.UUID]) -> None:
    """Take away all that these events tell, but for the fact that there were such events.

    Two transactions, each in the order in which workers lock. After the first, no evaluation adds
    deliveries to the events; after the second, no request finds any in the queue.
    """
    ids = sorted(event_ids)
    with by_key():
        _forget_keys(ids)
        _run(_ERASE_EVENTS, ids)
    with by_key():
        _run(_ERASE_DELIVERIES, ids)


def _under_way() -> QuerySet[Erasure]:
    running = [Erasure.State.LOOKING, Erasure.State.ERASING]
    return Erasure.objects.select_related("property").filter(state__in=running).order_by("pk")


def _erased(found: Erasure, ids: list[uuid.UUID]) -> bool:
    """Erase a batch, then strike it off: a worker that dies in between does it once more."""
    erase_events(ids)
    with transaction.atomic():
        locked = Erasure.objects.select_for_update().get(pk=found.pk)
        struck, _ = ErasureMatch.objects.filter(erasure=locked, event_id__in=ids).delete()
        locked.erased += struck
        if len(ids) < BATCH:
            locked.state, locked.needles = Erasure.State.DONE, []
            locked.finished_at = timezone.now()
        locked.save()
    return True


def _look(found: Erasure) -> bool:
    """Look through the next events; False when there are none left."""
    rows = _rows(_NEXT, [found.needles, found.property_id, found.cursor, found.until, LOOK])
    if not rows:
        return False
    needles = {bytes(needle) for needle in found.needles}
    matches = []
    for event_id, is_known, body in rows:
        tells = _tells(event_id, body, needles)
        found.unreadable += tells is None and not is_known
        if is_known or tells:
            matches.append(ErasureMatch(erasure=found, event_id=event_id))
    ErasureMatch.objects.bulk_create(matches, ignore_conflicts=True)
    found.cursor = rows[-1][0]
    found.looked_at += len(rows)
    found.found = found.matches.count()
    found.save()
    return True


def _tells(event_id: uuid.UUID, body: bytes | None, needles: set[bytes]) -> bool | None:
    """Whether the content of an event tells of the person; None where it cannot be read."""
    if body is None:
        return False
    try:
        opened = vault.unpack(settings.KEY_RING, bytes(body), body_context(event_id))
    except vault.CannotOpen:
        return None
    return any(not needles.isdisjoint(needles_of(text)) for text in set(_texts(opened)))


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, int) and not isinstance(value, bool):
            yield str(value)
        elif isinstance(value, Mapping):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _shortly_before(event_id: uuid.UUID) -> uuid.UUID:
    """Return where to look once more: ids are made a moment before their events are stored."""
    return first_id_at(max(milliseconds_of(event_id) - _LATE_MILLISECONDS, 0))


def _before(event_id: uuid.UUID) -> uuid.UUID:
    return uuid.UUID(int=max(event_id.int - 1, 0))


def _record(found: Erasure, actor: User | None, action: str, **detail: int) -> None:
    """Write it down without the person: only by what kinds of identifiers they were known."""
    audit.record(
        actor, action, property_id=found.property.public_id, object_id=str(found.pk),
        name=found.property.name, given=", ".join(found.given), **detail,
    )  # fmt: skip


def _rows(query: str, values: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _forget_keys(ids: list[uuid.UUID]) -> None:
    """Have events posted again taken for new ones, while what they are known by still stands."""
    keys = [key for row in _rows(_NAMED, [ids]) for key in _keys(*row)]
    with connection.cursor() as cursor:
        cursor.execute(_FORGET_KEYS, {"ids": ids, "keys": keys})


def _keys(
    event_id: uuid.UUID, datastream_id: int, client_id: str, name: str, body: bytes | None
) -> list[uuid.UUID]:
    """Return the keys that the event may have: whether a server key was shown is not kept."""
    if body is not None:
        try:
            event = vault.unpack(settings.KEY_RING, bytes(body), body_context(event_id))["event"]
        except vault.CannotOpen:
            return []
        client_id, name = client_id_of(event), name_of(event)
    return [
        uuid.UUID(bytes=key_of(datastream_id, name, client_id, has_key=has_key))
        for has_key in (False, True)
    ]


def _run(statements: tuple[str, ...], ids: list[uuid.UUID]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, {"ids": ids, "reason": REASON})


_NEXT = """SELECT e.id, e.person_hashes && %s::bytea[], b.body
FROM event AS e LEFT JOIN event_body AS b ON b.event_id = e.id
WHERE e.property_id = %s AND e.id > %s AND e.id <= %s AND e.outcome <> 'erased'
ORDER BY e.id LIMIT %s
"""

# The body only where the log shows no more than the beginning of an id or a name.
_NAMED = """SELECT e.id, e.datastream_id, e.client_id, e.name, b.body
FROM event AS e LEFT JOIN event_body AS b
    ON b.event_id = e.id AND 255 IN (length(e.client_id), length(e.name))
WHERE e.id = ANY(%s) AND e.client_id <> ''
"""

# In the order in which collectors take them. There is no index by event.
_FORGET_KEYS = """
DELETE FROM event_key AS k USING (
    SELECT key, slot FROM event_key WHERE key = ANY(%(keys)s) AND event_id = ANY(%(ids)s)
    ORDER BY key FOR UPDATE) AS found
WHERE k.key = found.key AND k.slot = found.slot
"""

_ERASE_EVENTS = (
    """
    DELETE FROM event_queue WHERE event_id IN (
        SELECT event_id FROM event_queue WHERE event_id = ANY(%(ids)s)
        ORDER BY event_id FOR UPDATE)
    """,
    "SELECT FROM event WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE",
    """
    UPDATE event SET outcome = 'erased', reason = %(reason)s, client_id = '', refusals = '[]',
        person_hashes = '{}'
    WHERE id = ANY(%(ids)s)
    """,
    "DELETE FROM event_body WHERE event_id = ANY(%(ids)s)",
)

_ERASE_DELIVERIES = (
    """
    DELETE FROM delivery_queue AS q USING (
        SELECT event_id, component FROM delivery_queue WHERE event_id = ANY(%(ids)s)
        ORDER BY event_id, component FOR UPDATE) AS k
    WHERE q.event_id = k.event_id AND q.component = k.component
    """,
    # What a destination answered may quote the person. One answer may be to many events.
    """
    UPDATE attempt SET response = NULL, title = ''
    WHERE (response IS NOT NULL OR title <> '') AND id IN (
        SELECT unnest(attempt_ids) FROM delivery WHERE event_id = ANY(%(ids)s)
        UNION SELECT unnest(attempt_ids) FROM replayed_delivery WHERE event_id = ANY(%(ids)s))
    """,
    # A request under way that carries nothing else is over: no row is left that a sweep would find.
    """
    UPDATE attempt AS a SET outcome = 'unknown', reason = %(reason)s
    WHERE a.outcome = 'open'
      AND a.id IN (SELECT unnest(attempt_ids) FROM delivery WHERE event_id = ANY(%(ids)s))
      AND NOT EXISTS (
        SELECT FROM delivery_queue AS q
        WHERE q.destination_id = a.destination_id AND q.lease_token = a.id)
    """,
    # The name of a call is that of its host, which may come out of the event.
    """
    UPDATE delivery SET outcome = 'erased', reason = %(reason)s, name = 'erased', title = '',
        explanation = '', help_url = '', dedup_id = '', notices = '[]',
        finished_at = COALESCE(finished_at, statement_timestamp())
    WHERE event_id = ANY(%(ids)s)
    """,
    "DELETE FROM delivery_body WHERE event_id = ANY(%(ids)s)",
    "DELETE FROM delivery_answer WHERE event_id = ANY(%(ids)s)",
    """
    UPDATE replayed_delivery SET payload = NULL, name = 'erased', dedup_id = '', title = '',
        explanation = '', help_url = '', notices = '[]'
    WHERE event_id = ANY(%(ids)s)
    """,
    "UPDATE replayed_event SET refusals = '[]' WHERE event_id = ANY(%(ids)s)",
)
