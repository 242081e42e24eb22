"""F1 and F3: workers killed at chosen moments and at random ones, frozen, and asked to end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable

from delivery.claims import DELIVERY_LEASE_SECONDS, EVENT_LEASE_SECONDS
from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.scenario import Scene, scenario
from tests.faults.signals import frozen, kill, kill_all, pool, send, worker_tree
from tests.faults.workers import extra_worker

_SLOW_SECONDS = 10.0
_BACKLOG = 60
_BEYOND_LEASES_SECONDS = max(DELIVERY_LEASE_SECONDS, EVENT_LEASE_SECONDS) + 15


def _killed_at(scene: Scene, moment: str, **play: object) -> None:
    """Let a backlog form, and kill the worker with all its processes at a moment of its request."""
    struck = threading.Event()
    names: list[int] = []

    def strike() -> None:
        if not struck.is_set():
            struck.set()
            kill_all(names)

    with frozen(worker_tree(scene.product)):
        scene.load.take(_BACKLOG)
        names += worker_tree(scene.product)
        scene.meta.play(Step(scene.place.pixel, **{moment: strike}, **play))  # type: ignore[arg-type]
    scene.claim("the worker died at that moment", wait_until(struck.is_set))
    scene.meta.withdraw(scene.place.pixel)


@scenario("F1", "worker killed before Meta read the events", is_quick=True)
def kill_before_post(scene: Scene) -> None:
    """Kill when the head of the request has come, and drop the request."""
    _killed_at(scene, "at_head", end="reset")


@scenario("F1", "worker killed after Meta took the events", is_quick=True)
def kill_after_body(scene: Scene) -> None:
    """Kill when Meta has taken the events, and no byte of its answer has gone out."""
    _killed_at(scene, "before_answer", takes=True, end="reset")


@scenario("F1", "worker killed between the 200 and its commit", is_quick=True)
def kill_after_answer(scene: Scene) -> None:
    """Freeze the worker before the answer goes out, and kill it when that has arrived."""
    pids: list[int] = []
    struck = threading.Event()

    def stop() -> None:
        for pid in pids:
            send(pid, signal.SIGSTOP)

    def strike() -> None:
        if not struck.is_set():
            struck.set()
            kill_all(pids)

    with frozen(worker_tree(scene.product)):
        scene.load.take(_BACKLOG)
        pids += worker_tree(scene.product)
        scene.meta.play(
            Step(scene.place.pixel, takes=True, before_answer=stop, after_answer=strike)
        )
    scene.claim("the worker died at that moment", wait_until(struck.is_set))
    scene.meta.withdraw(scene.place.pixel)


@scenario("F1", "worker killed at random moments")
def kill_at_random(scene: Scene) -> None:
    """Kill the worker, or one process of its pool, twenty times."""
    with scene.meta.playing(Step(scene.place.pixel, times=None, takes=True, delay_seconds=0.3)):
        for _ in range(20):
            scene.load.take(scene.chance.randint(5, 30))
            time.sleep(scene.chance.uniform(0.0, 1.0))
            victims = worker_tree(scene.product)
            kill(victims[0] if scene.chance.random() < 0.3 else scene.chance.choice(victims[1:]))


@scenario("F3", "pool children killed", is_quick=True)
def kill_pool_children(scene: Scene) -> None:
    """Kill the processes that do Celery's work, while requests are under way."""
    _amid_requests(scene, lambda: [kill(pid) for pid in pool(scene.product)])


@scenario("F3", "worker's main process killed")
def kill_worker(scene: Scene) -> None:
    """Kill the worker's main process, while requests are under way."""
    _amid_requests(scene, lambda: kill(scene.product.pid("worker")))


@scenario("F3", "worker asked to end")
def end_worker(scene: Scene) -> None:
    """Ask the worker to end, while requests are under way."""
    pid = scene.product.pid("worker")

    def ask() -> None:
        send(pid, signal.SIGTERM)
        assert wait_until(
            lambda: scene.product.pid("worker") != pid if _has_worker(scene) else False
        )

    _amid_requests(scene, ask)


@scenario("F3", "worker frozen beyond its lease")
def freeze_worker(scene: Scene) -> None:
    """Freeze a worker with requests under way; another one takes over; then let it go on."""
    place = scene.place
    with extra_worker(scene.product):
        scene.meta.play(Step(place.pixel, times=1, takes=True, delay_seconds=5.0))
        assert wait_until(lambda: scene.oracle.is_in_flight(place))
        with frozen(worker_tree(scene.product)):
            before = set(scene.load.ledger.accepted)
            # Short of the time after which Celery would kill what it froze.
            time.sleep(_BEYOND_LEASES_SECONDS)
            open_before = [str(key) for key in scene.stored(sorted(before))]
            over = scene.oracle.rows(
                "SELECT count(*) FROM event WHERE id = ANY(%s::uuid[]) AND outcome <> 'delivered'",
                open_before,
            )[0][0]
        scene.claim("another worker takes over what the frozen one had", over == 0, over)
        history = _attempts_of(scene)
        time.sleep(10)
        now = _attempts_of(scene)
        changed = [key for key, value in history.items() if now.get(key) != value]
        scene.claim(
            "the late worker changes no row of what was finished without it", not changed, *changed
        )


def _amid_requests(scene: Scene, blow: Callable[[], object]) -> None:
    """Strike when requests wait for their answers, and a backlog behind them."""
    step = Step(scene.place.pixel, times=None, takes=True, delay_seconds=_SLOW_SECONDS)
    with scene.meta.playing(step):
        assert wait_until(lambda: scene.oracle.is_in_flight(scene.place))
        scene.load.take(_BACKLOG)
        blow()


def _has_worker(scene: Scene) -> bool:
    return bool(pool(scene.product))


def _attempts_of(scene: Scene) -> dict[str, tuple[str, str]]:
    rows = scene.oracle.rows(
        "SELECT d.event_id::text, d.outcome::text, d.attempt_ids::text FROM delivery AS d"
        " JOIN event AS e ON e.id = d.event_id"
        " WHERE e.environment_id = %s AND d.outcome = 'delivered'",
        scene.place.environment_id,
    )
    return {key: (outcome, attempts) for key, outcome, attempts in rows}
