"""Replay: send again what ended without being delivered, of one event or of all a filter finds.

First a person sees what would happen (`Plan`), then confirms it (`start`). From there on workers go
through the log a batch at a time (`step`). How far they have come is in the database, in the same
transaction as what they did, so a worker may be killed at any moment.

Replays give way: a batch is only as large as there is room in the queue, so that fresh events find
no more than a request or two before them.
"""

from __future__ import annotations

import builtins
import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.http import QueryDict
from django.utils import timezone

from accounts import audit
from accounts.models import User
from delivery import chains, wakeups
from delivery.batches import RESEND_WITHIN
from delivery.claims import Key
from delivery.commits import by_key
from delivery.failures import described, renew_connection
from delivery.filtering import Filters
from delivery.models import (
    Attempt,
    Delivery,
    DeliveryBody,
    Destination,
    Event,
    EventBody,
    Replay,
    ReplayedDelivery,
)
from delivery.models.events import EventQuerySet
from delivery.outcomes import LIVE_EVENT, LOST, EventOutcome
from rules.models import Environment, Property

logger = structlog.get_logger(__name__)

MOST_EVENTS = 100_000  # that one replay looks at: the newest that fit its time
BATCH = 500  # events of one step
ROOM_FOR_DELIVERIES = 1_000  # due deliveries of a destination, beyond which a replay waits
ROOM_FOR_EVENTS = 500

# Why something is left out, in the order in which it is looked at; READY is what is not.
READY = "ready"
TOO_OLD = "too_old"
NO_PAYLOAD, NO_EVENT, NO_DESTINATION, NO_BUILD = (
    "no_payload", "no_event", "no_destination", "no_build",
)  # fmt: skip
TWICE = "twice"  # it may have arrived so long ago that it would count twice
TAKEN = "taken"  # by another replay

_NOT_NOW = [*LIVE_EVENT, EventOutcome.ERASED]
_START, _END = uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)


@dataclass(frozen=True, slots=True)
class Selection:
    """What a person wants to send again, and how."""

    property: Property
    filters: Filters
    choice: str = Replay.Choice.RECORDED
    event_id: uuid.UUID | None = None  # a single event; filters then say nothing
    component: str = ""  # a single delivery of it
    with_delivered: bool = False  # with the current build: send also what was delivered
    floor: uuid.UUID = _START
    until: uuid.UUID = _END

    @builtins.property
    def is_again(self) -> bool:
        """Whether the events are judged again."""
        return self.choice == Replay.Choice.AGAIN


@dataclass(frozen=True, slots=True)
class Plan:
    """What a replay would do: how many, by destination and by what would become of them."""

    selection: Selection  # with the bounds that were looked at
    counts: dict[int, Counter[str]]  # by destination; under 0 where events are judged again
    is_cut: bool  # the log holds more than was looked at

    @property
    def kinds(self) -> Counter[str]:
        """How many of each kind, over all destinations."""
        return sum(self.counts.values(), Counter())

    @property
    def total(self) -> int:
        """How many were found, whatever would become of them."""
        return self.kinds.total()

    def would_start(self, *, may_count_twice: bool) -> int:
        """Return how many would go on their way."""
        return self.kinds[READY] + (self.kinds[TWICE] if may_count_twice else 0)


def plan(selection: Selection, now: dt.datetime) -> Plan:
    """Look through the log for what would be sent again. Changes nothing."""
    bounded, is_cut = _bounded(selection)
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    if bounded.is_again:
        judged = _events(bounded).annotate(kind=_kind_of_event(bounded, now)).values_list("kind")
        for kind, count in judged.annotate(count=Count("id")):
            counts[0][kind] = count
    else:
        lost = _deliveries(bounded).annotate(kind=_kind_of_delivery(now))
        sorted_ = lost.values_list("destination_id", "kind").annotate(count=Count("event_id"))
        for destination_id, kind, count in sorted_:
            counts[destination_id][kind] = count
    return Plan(bounded, counts, is_cut)


def start(found: Plan, actor: User, token: uuid.UUID, *, may_count_twice: bool) -> list[Replay]:
    """Begin a replay: one for each destination, so that one that is held keeps no other waiting.

    Asking twice with one token begins it once.
    """
    with transaction.atomic():
        rows = [
            _row(found, actor, token, part, destination_id, may_count_twice=may_count_twice)
            for part, destination_id in enumerate(sorted(found.counts))
        ]
        before = Replay.objects.filter(token=token).count()
        Replay.objects.bulk_create(rows, ignore_conflicts=True)
        begun = list(Replay.objects.filter(token=token).order_by("part"))
        if begun and not before:
            _record(begun[0], actor, "replay.started", deliveries=found.total)
        transaction.on_commit(lambda: wakeups.wake(wakeups.REPLAY))
    return begun


def stop(running: Replay, actor: User) -> None:
    """End a replay where it is. What is on its way already stays so."""
    stopped = Replay.objects.filter(pk=running.pk, state=Replay.State.RUNNING).update(
        state=Replay.State.STOPPED, finished_at=timezone.now()
    )
    if stopped:
        _record(running, actor, "replay.stopped", deliveries=running.started)


def is_under_way() -> bool:
    """Whether a replay has something left to do."""
    return Replay.objects.filter(state=Replay.State.RUNNING).exists()


def step_all() -> bool:
    """Take every replay one step further; say whether any of them moved."""
    running = Replay.objects.filter(state=Replay.State.RUNNING).order_by("pk")
    moved = [_stepped(pk) for pk in running.values_list("pk", flat=True)]
    return any(moved)


def _stepped(replay_id: int) -> bool:
    """Take a step. A replay that fails keeps no other waiting; a sweep has it tried again."""
    try:
        return step(replay_id)
    except Exception as error:  # noqa: BLE001 - whatever it was, the other replays go on
        logger.error("replay_not_taken_further", replay_id=replay_id, **described(error))
        renew_connection()
        return False


def step(replay_id: int) -> bool:
    """Take a replay one batch further; say whether it moved.

    It does not where another worker has it, where it has ended, or where the queue has no room.
    """
    with by_key():
        running = (
            Replay.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("property")
            .filter(pk=replay_id, state=Replay.State.RUNNING)
            .first()
        )
        if running is None:
            return False
        room = BATCH if running.event_id else min(BATCH, _room(running))
        if room <= 0:
            return False
        _advance(running, room)
        transaction.on_commit(
            lambda: wakeups.wake(
                wakeups.PROCESS_EVENTS
                if running.choice == Replay.Choice.AGAIN
                else wakeups.SEND_DUE
            )
        )
    return True


def waits_for(running: Replay) -> str:
    """Return in words what a replay waits for; "" where it goes on."""
    if not running.is_running or _room(running) > 0:
        return ""
    if running.destination_id is None:
        return "New events are judged first."
    held = Destination.objects.filter(pk=running.destination_id, held_at__isnull=False).exists()
    if held:
        return "The destination is held. It goes on as soon as what waits there is sent."
    return "New events are sent first."


def _advance(running: Replay, room: int) -> None:
    """Send the next events on their way, and remember how far it came."""
    selection = _selection(running)
    following = _events(selection).filter(id__gt=running.cursor).order_by("id")
    ids = list(following.values_list("id", flat=True)[:room])
    kinds = (_rerun if selection.is_again else _resend)(running, selection, ids)
    running.done += kinds.total()
    running.started += kinds.pop(READY, 0)
    running.left_out = dict(Counter(running.left_out) + kinds)
    if ids:
        running.cursor = ids[-1]
    if len(ids) < room:
        running.state, running.finished_at = Replay.State.DONE, timezone.now()
    running.save()


def _resend(running: Replay, selection: Selection, ids: list[uuid.UUID]) -> Counter[str]:
    found = _deliveries(selection, ids).annotate(kind=_kind_of_delivery(timezone.now()))
    rows = list(found.values_list("event_id", "component", "kind"))
    go = [Key(event_id, component) for event_id, component, kind in rows if _goes(running, kind)]
    return _counted(running, [kind for _, _, kind in rows], len(go), chains.resend(running, go))


def _rerun(running: Replay, selection: Selection, ids: list[uuid.UUID]) -> Counter[str]:
    kind_of = _kind_of_event(selection, timezone.now())
    rows = list(Event.objects.filter(id__in=ids).annotate(kind=kind_of).values_list("id", "kind"))
    go = [event_id for event_id, kind in rows if _goes(running, kind)]
    return _counted(running, [kind for _, kind in rows], len(go), chains.rerun(running, go))


def _goes(running: Replay, kind: str) -> bool:
    return kind == READY or (kind == TWICE and running.may_count_twice)


def _counted(running: Replay, kinds: list[str], asked: int, started: int) -> Counter[str]:
    """Count what went on its way as ready, and what another replay had first as taken."""
    counted = Counter(kind for kind in kinds if not _goes(running, kind))
    return counted + Counter({READY: started, TAKEN: asked - started})


def _bounded(selection: Selection) -> tuple[Selection, bool]:
    """Fix which events are looked at, so that what is confirmed is what was shown."""
    if selection.event_id:
        return selection, False
    time = Filters(since=selection.filters.since, until=selection.filters.until)
    log = Event.objects.of(selection.property).filter(time.condition())
    # Bounds of before come back through a form, so they are counted again.
    log = log.filter(id__gt=selection.floor, id__lte=selection.until)
    ids = log.values_list("id", flat=True)
    newest = ids.first() or _START
    floor = next(iter(ids[MOST_EVENTS : MOST_EVENTS + 1]), selection.floor)
    return replace(selection, floor=floor, until=newest), floor != _START


def _events(selection: Selection) -> EventQuerySet:
    """Return the events that were chosen, in no order."""
    log = Event.objects.filter(
        property=selection.property, id__gt=selection.floor, id__lte=selection.until
    )
    log = log.filter(_chosen(selection))
    if not selection.is_again:
        return log.exclude(outcome__in=[EventOutcome.RECEIVED, EventOutcome.ERASED])
    settled = [EventOutcome.DELIVERED] if not selection.with_delivered else []
    return log.exclude(outcome__in=[*_NOT_NOW, *settled])


def _chosen(selection: Selection) -> Q:
    if selection.event_id:
        return Q(id=selection.event_id)
    filters = selection.filters
    by_id = filters.event_id()
    if by_id is None:
        return filters.condition()
    return filters.condition() | (Q(id=by_id) & replace(filters, id="").condition())


def _deliveries(selection: Selection, ids: Iterable[uuid.UUID] | None = None) -> QuerySet[Delivery]:
    """Return the deliveries of the chosen events that ended without being delivered."""
    chosen = _events(selection).order_by().values("id") if ids is None else ids
    found = Delivery.objects.filter(
        event_id__gt=selection.floor,
        event_id__lte=selection.until,
        event_id__in=chosen,
        outcome__in=LOST,
    ).filter(selection.filters.of_delivery())
    return found.filter(component=selection.component) if selection.component else found


def _kind_of_delivery(now: dt.datetime) -> Case:
    """Say of a delivery what would become of it."""
    this = {"event_id": OuterRef("event_id"), "component": OuterRef("component")}
    return _first(
        (TOO_OLD, Q(expires_at__lte=now)),
        (NO_DESTINATION, ~Q(Exists(Destination.objects.filter(pk=OuterRef("destination_id"))))),
        (NO_PAYLOAD, ~Q(Exists(DeliveryBody.objects.filter(**this)))),
        (TWICE, _may_have_arrived(now)),
    )


def _kind_of_event(selection: Selection, now: dt.datetime) -> Case:
    """Say of an event what would become of it if it were judged again."""
    owed = Delivery.objects.filter(event_id=OuterRef("id"))
    sent_again = owed if selection.with_delivered else owed.exclude(outcome="delivered")
    live = Environment.objects.filter(pk=OuterRef("environment_id"), active_build__isnull=False)
    return _first(
        (NO_EVENT, ~Q(Exists(EventBody.objects.filter(event_id=OuterRef("id"))))),
        (NO_BUILD, ~Q(Exists(live))),
        (TOO_OLD, Q(Exists(owed)) & ~Q(Exists(owed.filter(expires_at__gt=now)))),
        (TWICE, Q(Exists(sent_again.filter(_may_have_arrived(now))))),
    )


def _first(*cases: tuple[str, Q]) -> Case:
    """Return the first of these that holds, in their order: the dear questions come last."""
    whens = [When(condition, then=Value(kind)) for kind, condition in cases]
    return Case(*whens, default=Value(READY), output_field=CharField())


def _may_have_arrived(now: dt.datetime) -> Q:
    """Whether a destination may have taken a delivery, so long ago that it forgot its id."""
    arrived = Attempt.objects.filter(
        _is_one_of("id", OuterRef("attempt_ids")),
        outcome__in=[Attempt.Outcome.UNKNOWN, Attempt.Outcome.OPEN, Attempt.Outcome.DELIVERED],
        started_at__lte=now - RESEND_WITHIN,
    )
    before = ReplayedDelivery.objects.filter(
        Exists(arrived), event_id=OuterRef("event_id"), component=OuterRef("component")
    )
    return Q(reason="ambiguous_over_48h") | Q(Exists(arrived)) | Q(Exists(before))


def _is_one_of(name: str, array: OuterRef) -> Func:
    """Return ``name = ANY(array)``, which an index serves."""
    return Func(
        F(name),
        array,
        template="%(expressions)s)",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


def _row(
    plan_: Plan,
    actor: User,
    token: uuid.UUID,
    part: int,
    destination_id: int,
    *,
    may_count_twice: bool,
) -> Replay:
    selection = plan_.selection
    return Replay(
        property=selection.property,
        token=token,
        part=part,
        choice=selection.choice,
        query=selection.filters.address().removeprefix("?"),
        event_id=selection.event_id,
        component=selection.component,
        destination_id=destination_id or None,
        floor=selection.floor,
        until=selection.until,
        cursor=selection.floor,
        with_delivered=selection.with_delivered,
        may_count_twice=may_count_twice,
        total=plan_.counts[destination_id].total(),
        created_by=actor.email,
    )


def _selection(running: Replay) -> Selection:
    filters = Filters.read(QueryDict(running.query), list(running.property.environments.all()))
    if running.destination_id:
        filters = replace(filters, destination=running.destination_id)
    return Selection(
        running.property,
        filters,
        running.choice,
        running.event_id,
        running.component,
        running.with_delivered,
        running.floor,
        running.until,
    )


def _room(running: Replay) -> int:
    """Return how many more the queue takes before fresh events would feel it."""
    if running.choice == Replay.Choice.AGAIN:
        return ROOM_FOR_EVENTS - _count(_DUE_EVENTS, [ROOM_FOR_EVENTS])
    due = _count(_DUE_DELIVERIES, [running.destination_id, ROOM_FOR_DELIVERIES])
    return ROOM_FOR_DELIVERIES - due


def _count(query: str, values: list[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return int(cursor.fetchone()[0])


def _record(replay: Replay, actor: User, action: str, **detail: int) -> None:
    audit.record(
        actor, action, property_id=replay.property.public_id, object_id=str(replay.pk),
        name=replay.get_choice_display(), with_delivered=replay.with_delivered,
        may_count_twice=replay.may_count_twice, **detail,
    )  # fmt: skip


_DUE_EVENTS = """SELECT count(*) FROM (
    SELECT FROM event_queue WHERE lease_token IS NULL AND next_at <= statement_timestamp() LIMIT %s
) AS due
"""

_DUE_DELIVERIES = """SELECT count(*) FROM (
    SELECT FROM delivery_queue WHERE destination_id = %s AND lease_token IS NULL
      AND next_at <= statement_timestamp() LIMIT %s
) AS due
"""
