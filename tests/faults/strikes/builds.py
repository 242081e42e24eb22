"""F11: builds that change, go back and break while events are on their way."""

from __future__ import annotations

from collections import Counter

from tests.faults import publishing
from tests.faults.ledger import wait_until
from tests.faults.places import PAGE
from tests.faults.scenario import Scene, Trial, scenario


def _one_build_each(trial: Trial, scene: Scene) -> None:
    """What Meta got must be what the recorded build makes: each build writes its own address."""
    pages = publishing.pages(scene.product, trial.place)
    wrong = []
    for client_id, rows in trial.sight.events.items():
        copies = trial.sight.copies[trial.place.pixel].get(client_id, [])
        expected = pages.get(rows[0].build_id or 0)
        wrong += [
            f"{client_id}: {copy.url}, not {expected}" for copy in copies if copy.url != expected
        ]
    scene.claim("each event is sent as its one recorded build says", not wrong, *wrong[:5])
    used = Counter(rows[0].build_id for rows in trial.sight.events.values())
    scene.claim("several builds had events", len(used) > 1, used)


@scenario(
    "F11", "builds published in a loop, then taken back", check=_one_build_each, loses_answers=False
)
def publish_in_loop(scene: Scene) -> None:
    """Publish six builds under load, go back to the first one, and delete none that is used."""
    first = publishing.live_build(scene.oracle, scene.place)
    for number in range(2, 8):
        publishing.publish(scene.product, scene.place, f"{PAGE}{number}")
        scene.load.take(10)
    publishing.make_live(scene.oracle, scene.place, first)
    scene.load.take(20)


@scenario("F11", "a build that cannot be compiled goes live", loses_answers=False)
def publish_broken(scene: Scene) -> None:
    """Put a broken build live by hand, let events come, and go back."""
    first = publishing.live_build(scene.oracle, scene.place)
    wait_until(lambda: scene.oracle.is_quiet(scene.place), 10)
    before = scene.meta.count(scene.place.pixel)
    publishing.make_live(scene.oracle, scene.place, publishing.break_one(scene.oracle, first))
    scene.load.take(60)
    sent = scene.meta.count(scene.place.pixel) - before
    scene.claim("nothing is sent by a broken build", sent <= 40, sent)
    publishing.make_live(scene.oracle, scene.place, first)


@scenario("F11", "product restarted with events under way")
def restart_product(scene: Scene) -> None:
    """End everything as an upgrade does, and start it again, twice."""
    for _ in range(2):
        scene.load.take(40)
        scene.product.end()
        scene.product.start()
