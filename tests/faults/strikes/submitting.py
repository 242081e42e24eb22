"""F12: one event submitted several times: at once, changed, after a 503, after a lost answer."""

from __future__ import annotations

import json
import socket
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.scenario import Scene, Trial, scenario
from tests.faults.signals import kill

_AT_ONCE = 10
_STORED = "SELECT id FROM event WHERE client_id = %s"


def _post(scene: Scene, event: dict[str, Any]) -> dict[str, Any]:
    """Post one event, write the promise down, and return what the answer says of it."""
    answer = requests.post(scene.load.client.url, json=[event], timeout=30)
    row: dict[str, Any] = answer.json()["events"][0] if answer.ok else {}
    scene.load.ledger.post({event["eventId"]: event["name"]})
    if row:
        scene.load.ledger.accept({event["eventId"]: uuid.UUID(row["id"])})
    return row


def _sent_once(trial: Trial, scene: Scene) -> None:
    twice = trial.sight.sent_twice
    scene.claim("Meta gets each of them once", not twice, sorted(twice)[:5])


@scenario(
    "F12", "one event submitted ten times at once", is_quick=True, is_apart=False,
    loses_answers=False, check=_sent_once,
)  # fmt: skip
def submit_at_once(scene: Scene) -> None:
    """Post the same body ten times at the same moment; do so several times."""
    for _ in range(5):
        (event,) = scene.load.client.make(1)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            rows = list(pool.map(lambda _, e=event: _post(scene, e), range(_AT_ONCE)))
        ids = {row.get("id") for row in rows}
        scene.claim("all ten answers tell one id", len(ids) == 1, ids)
        new = [row for row in rows if not row.get("duplicate")]
        scene.claim("nine of ten answers tell of a duplicate", len(new) == 1, rows)


@scenario(
    "F12", "one id submitted with another body", is_quick=True, is_apart=False,
    loses_answers=False, check=_sent_once,
)  # fmt: skip
def submit_changed(scene: Scene) -> None:
    """Post an event, then another one under its id."""
    (event,) = scene.load.client.make(1)
    first = _post(scene, event)
    second = _post(scene, {**event, "value": 1})
    scene.claim("the first one wins", second.get("id") == first.get("id"), first, second)
    told = second.get("duplicate") is True and second.get("conflict") is True
    scene.claim("the answer tells of the conflict", told, second)


def _repeated_once(trial: Trial, scene: Scene) -> None:
    """Of what else was under way when the database ended, Meta's answers may be lost."""
    twice = trial.sight.sent_twice & trial.repeated
    scene.claim("Meta gets each of the repeated ones once", not twice, sorted(twice)[:5])


@scenario("F12", "submitted again after a 503", is_quick=True, check=_repeated_once)
def submit_after_503(scene: Scene) -> None:
    """Refuse events for want of a database, and post the very same ones until they are taken."""
    step = Step(scene.place.pixel, times=None, delay_seconds=0.0)
    with scene.meta.playing(step):
        events = scene.load.client.make(20)
        scene.trial.repeated.update(event["eventId"] for event in events)
        kill(scene.product.pid("postgres"))
        answers = []

        def is_taken() -> bool:
            answers.append(scene.load.client.send(events))
            return answers[-1] is not None and answers[-1].ok

        taken = wait_until(is_taken)
    scene.claim(
        "they were refused first", any(a is not None and a.status_code == 503 for a in answers)
    )
    scene.claim("they are taken in the end", taken)


@scenario(
    "F12", "submitted again after a lost answer", is_quick=True, is_apart=False,
    loses_answers=False, check=_sent_once,
)  # fmt: skip
def submit_after_lost_answer(scene: Scene) -> None:
    """Hang up when the event is on its way, wait until it is stored, and post it again."""
    for _ in range(5):
        (event,) = scene.load.client.make(1)
        _post_and_hang_up(scene.load.client.url, event)
        assert wait_until(lambda e=event: bool(scene.oracle.rows(_STORED, e["eventId"])))
        row = _post(scene, event)
        ((stored,),) = scene.oracle.rows(_STORED, event["eventId"])
        scene.claim(
            "the second answer tells the first one's id",
            row.get("id") == stored.hex and row.get("duplicate") is True, row, stored.hex,
        )  # fmt: skip


def _post_and_hang_up(url: str, event: dict[str, Any]) -> None:
    place, body = urlsplit(url), json.dumps([event]).encode()
    head = (
        f"POST {place.path} HTTP/1.1\r\nhost: {place.netloc}\r\n"
        f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection((place.hostname or "", place.port or 0)) as link:
        link.sendall(head.encode() + body)
