"""F11: builds that change, go back and break while events are on their way."""

from __future__ import annotations

from collections import Counter

import psycopg

from tests.faults import publishing
from tests.faults.admin import Admin
from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.places import PAGE
from tests.faults.scenario import Scene, Trial, scenario


def _one_build_each(trial: Trial, scene: Scene) -> None:
    """What Meta got must be what the recorded build makes: each build writes its own address.

    Of all builds only the first one may be gone.
    """
    pages = publishing.pages(scene.product, trial.place)
    wrong = []
    for client_id, rows in trial.sight.events.items():
        copies = trial.sight.copies[trial.place.pixel].get(client_id, [])
        expected = pages.get(rows[0].build_id or 0, f"{PAGE}1")
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
    """Publish six builds under load, and go back to the first one."""
    first = publishing.live_build(scene.oracle, scene.place)
    for number in range(2, 8):
        publishing.publish(scene.product, scene.place, f"{PAGE}{number}")
        scene.load.take(10)
    publishing.make_live(scene.oracle, scene.place, first)
    scene.load.take(20)


@scenario(
    "F11", "an old build deleted while its events wait", check=_one_build_each, loses_answers=False
)
def delete_old_build(scene: Scene) -> None:
    """Have events wait for Meta, publish anew, and delete the build they were evaluated with."""
    place, admin = scene.place, Admin(scene.product)
    old = publishing.live_build(scene.oracle, place)
    body = {"error": {"message": "Try later", "code": 2, "is_transient": True}}
    with scene.meta.playing(Step(place.pixel, times=None, status=503, body=body)):
        scene.load.take(30)
        publishing.publish(scene.product, place, f"{PAGE}2")
        scene.load.take(30)
        live = publishing.live_build(scene.oracle, place)
        scene.claim("the live build cannot be deleted", not _delete(scene, live))
        waiting = scene.oracle.rows(_WAITING_OF_BUILD, place.environment_id, old)
        scene.claim("events of the old build wait", bool(waiting))
        scene.claim("an old build can be deleted", _delete(scene, old))
        for (event_id,) in waiting[:1]:
            page = admin.open(f"/properties/{place.property_id}/events/{event_id.hex}/")
            scene.claim("its events can be looked at", page.ok, page.status_code)
    admin.close()


_WAITING_OF_BUILD = """
SELECT id FROM event WHERE environment_id = %s AND build_id = %s AND outcome = 'evaluated'
"""


def _delete(scene: Scene, build: int) -> bool:
    """Delete a build, and say whether the database let us."""
    try:
        with psycopg.connect(scene.product.database_url, autocommit=True) as link:
            link.execute("DELETE FROM rules_build WHERE id = %s", [build])
    except psycopg.errors.ForeignKeyViolation:
        return False
    return True


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
