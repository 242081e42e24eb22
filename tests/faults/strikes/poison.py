"""F9: bad events among good ones, at every place of a batch, and a kill while they are sought."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence

from extensions.meta.destination import MetaDestination
from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.scenario import Scene, Trial, scenario
from tests.faults.signals import frozen, kill_all, worker_tree

_EVENTS = 1_000
_BATCH = MetaDestination.max_events
_BODY = {"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100}}


def _poison(scene: Scene, places: Sequence[int], **play: object) -> None:
    """Post a thousand events of which Meta refuses some, named by their place."""
    client = scene.load.client
    events = client.make(_EVENTS)
    bad = {events[place]["eventId"] for place in places}
    scene.expect(sorted(bad), "rejected")
    scene.meta.play(
        Step(
            scene.place.pixel,
            meant_for=lambda call: not bad.isdisjoint(call.ids),
            times=None,
            status=400,
            body=_BODY,
            **play,  # type: ignore[arg-type]
        )
    )
    while not all(event["eventId"] in scene.load.ledger.accepted for event in events):
        client.send(events, 60)


def _few_requests(trial: Trial, scene: Scene) -> None:
    """Each bad event is in one refused request of every size from a whole batch down to itself."""
    bad = sum("rejected" in outcomes for outcomes in trial.expected.values())
    refused = [one for one in trial.sight.requests[trial.place.pixel] if one.status == 400]
    most = bad * (1 + math.ceil(math.log2(_BATCH)))
    scene.claim(
        "a bad event costs no more requests than halving needs",
        0 < len(refused) <= most, f"{len(refused)} refused requests, at most {most}",
    )  # fmt: skip


def _case(name: str, places: Sequence[int], *, is_quick: bool = False) -> None:
    @scenario(
        "F9", name, is_quick=is_quick, is_apart=False, loses_answers=False, check=_few_requests
    )
    def strike(scene: Scene) -> None:
        _poison(scene, places)


_case("first of 1000 is bad", [0])
_case("last of 1000 is bad", [_EVENTS - 1])
_case("three of 1000 are bad, two of them adjacent", [0, 499, 500], is_quick=True)
_case("50 of 1000 are bad, spread out", range(7, _EVENTS, 20))
_case("50 of 1000 are bad, all adjacent", range(480, 530))


@scenario("F9", "worker killed while a bad event is sought", is_quick=True)
def kill_while_halving(scene: Scene) -> None:
    """Kill the worker just after the third refusal."""
    seen: list[int] = []
    pids: list[int] = []
    struck = threading.Event()

    def strike() -> None:
        seen.append(1)
        if len(seen) == 3:
            kill_all(pids)
            struck.set()

    with frozen(worker_tree(scene.product)):
        pids += worker_tree(scene.product)
        _poison(scene, [3], after_answer=strike)
    scene.claim("the worker died while it halved", wait_until(struck.is_set))
