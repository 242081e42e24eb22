"""F10: clocks that are wrong, times in milliseconds, and events that grow old while they wait."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from extensions.meta import vocabulary as meta
from extensions.meta.event_time import MARGIN_SECONDS
from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.scenario import Scene, Trial, scenario
from tests.faults.signals import frozen, worker_tree
from tests.faults.workers import extra_worker
from tests.faults.wrong_clock import Clock

_HOUR = 3600.0
_LONGEST_LEASE = "SELECT COALESCE(EXTRACT(EPOCH FROM max(lease_until) - now()), 0)::float FROM "


def _no_refusal(trial: Trial, scene: Scene) -> None:
    refused = [one for one in trial.sight.requests[trial.place.pixel] if one.status == 400]
    scene.claim("no request is refused for an event that aged", not refused, len(refused))


def _dated(scene: Scene, count: int, moment: float) -> list[dict[str, Any]]:
    return [{**event, "time": moment} for event in scene.load.client.make(count)]


@scenario(
    "F10", "events that grow too old while they wait", is_apart=False, loses_answers=False,
    check=_no_refusal,
)  # fmt: skip
def age_in_queue(scene: Scene) -> None:
    """Post events that may be sent for twelve more seconds, while Meta answers 503."""
    body = {"error": {"message": "Try later", "code": 2, "is_transient": True}}
    step = Step(scene.place.pixel, times=None, status=503, body=body)
    with scene.meta.playing(step):
        oldest = time.time() - meta.MAX_AGE_SECONDS + MARGIN_SECONDS
        events = _dated(scene, 40, int(oldest) + 12)
        scene.expect([event["eventId"] for event in events], "expired")
        scene.load.client.send(events)
        time.sleep(20)
    alive = _dated(scene, 10, int(oldest) + 900)
    scene.load.client.send(alive)


@scenario("F10", "times in milliseconds", is_apart=False, loses_answers=False)
def give_milliseconds(scene: Scene) -> None:
    """Post events whose time is in milliseconds, the commonest mistake."""
    moment = time.time() - 60
    events = _dated(scene, 40, int(moment * 1000))
    scene.load.client.send(events)
    ids = {event["eventId"] for event in events}
    pixel = scene.place.pixel
    assert wait_until(lambda: ids <= scene.meta.copies(pixel).keys())
    times = {copy.event_time for key in ids for copy in scene.meta.copies(pixel)[key]}
    scene.claim("Meta gets them in seconds", times == {int(moment)}, times)


def _wrong_clock(scene: Scene, seconds: float, then: float | None = None) -> None:
    """Let a worker with a wrong clock do all the work, while the right ones are frozen.

    Args:
        seconds: how far its clock is ahead; below zero, behind.
        then: the same for the second half of its time, to which the clock steps while it works.
    """
    place, clock = scene.place, Clock(scene.product.data_dir / "wrong-clock")
    clock.set(seconds)
    with extra_worker(scene.product, clock), frozen(worker_tree(scene.product)):
        scene.load.take(60)
        earlier = set(scene.load.ledger.accepted) if then is not None else set()
        if then is not None:
            assert wait_until(lambda: _delivered(scene, earlier) > 0), "it does not work"
            clock.set(then)
            scene.load.take(60)
        told = scene.load.ledger.accepted.keys() - earlier
        longest = 0.0
        ends = time.monotonic() + 20
        while time.monotonic() < ends:
            for table in ("event_queue", "delivery_queue"):
                longest = max(longest, scene.oracle.rows(_LONGEST_LEASE + table)[0][0])
        done = _delivered(scene, told)
        scene.claim("it works, and sends", done > 0, done)
        scene.claim("leases follow the database's clock", longest < 120, f"{longest:.0f} s")
        times = [c.event_time for found in scene.meta.copies(place.pixel).values() for c in found]
        wrong = [moment for moment in times if abs(moment - time.time()) > _HOUR / 2]
        scene.claim("events are dated by when they came", not wrong, wrong[:3])


def _delivered(scene: Scene, client_ids: Iterable[str]) -> int:
    query = "SELECT count(*) FROM event WHERE id = ANY(%s) AND outcome = 'delivered'"
    count: int = scene.oracle.rows(query, scene.stored(sorted(client_ids)))[0][0]
    return count


@scenario("F10", "a worker's clock is an hour ahead")
def clock_ahead(scene: Scene) -> None:
    """Work with a clock that is an hour ahead."""
    _wrong_clock(scene, _HOUR)


@scenario("F10", "a worker's clock is an hour behind")
def clock_behind(scene: Scene) -> None:
    """Work with a clock that is an hour behind."""
    _wrong_clock(scene, -_HOUR)


@scenario("F10", "a worker's clock steps back by an hour")
def clock_steps_back(scene: Scene) -> None:
    """Put the clock back while requests are under way, as somebody does by hand."""
    with scene.meta.playing(Step(scene.place.pixel, times=None, takes=True, delay_seconds=0.5)):
        _wrong_clock(scene, 0.0, -_HOUR)
