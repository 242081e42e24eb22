"""F7 and F8: everything Meta may answer, and every way it may not answer."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from tests.faults.ledger import wait_until
from tests.faults.meta import Step
from tests.faults.scenario import Scene, Trial, scenario

_HELD = "SELECT hold_reason, hold_count FROM destination WHERE environment_id = %s"
_TRIED = """
SELECT count(*) FROM delivery_queue AS q JOIN destination AS d ON d.id = q.destination_id
WHERE d.environment_id = %s AND q.attempts > 0
"""
_REASONS = """
SELECT DISTINCT a.reason FROM attempt AS a JOIN destination AS d ON d.id = a.destination_id
WHERE d.environment_id = %s
"""


def _error(code: int, message: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": message, "type": "OAuthException", "code": code, **more}}


def _has_reason(reason: str) -> Callable[[Trial, Scene], None]:
    """Return what looks whether the log tells of the trouble by its reason."""

    def check(trial: Trial, scene: Scene) -> None:
        found = {row[0] for row in scene.oracle.rows(_REASONS, trial.place.environment_id)}
        scene.claim(f"the log tells of {reason}", reason in found, sorted(found))

    return check


def _play(scene: Scene, step: Step) -> None:
    """Play a step once or more, and wait until it is used up."""
    scene.meta.play(step)
    used = wait_until(lambda: step.times == 0, 120)
    scene.claim("Meta was asked as often as the fault says", used)


@scenario("F7", "Meta answers 500 for a while", is_quick=True, is_apart=False, loses_answers=False)
def answer_500(scene: Scene) -> None:
    """Answer 500 to every request for ten seconds."""
    with scene.meta.playing(Step(scene.place.pixel, times=None, status=500)):
        time.sleep(10)


@scenario("F7", "Meta answers 503", is_quick=True, is_apart=False, loses_answers=False)
def answer_503(scene: Scene) -> None:
    """Answer as Graph does when it is overloaded."""
    body = _error(2, "Service temporarily unavailable", is_transient=True)
    _play(scene, Step(scene.place.pixel, times=2, status=503, body=body))


@scenario(
    "F7", "Meta answers 429 and names a time", is_quick=True, is_apart=False, loses_answers=False
)
def answer_429(scene: Scene) -> None:
    """Answer that there were too many calls, and when to come back."""
    usage = {"1": [{"call_count": 100, "estimated_time_to_regain_access": 0, "type": "ads"}]}
    headers = {"retry-after": "8", "x-business-use-case-usage": json.dumps(usage)}
    _play(
        scene,
        Step(scene.place.pixel, status=429, headers=headers, body=_error(80004, "Too many calls")),
    )
    pixel = scene.place.pixel
    assert wait_until(lambda: any(one.status == 429 for one in scene.meta.requests(pixel)))
    (asked,) = [one for one in scene.meta.requests(pixel) if one.status == 429]
    wait_until(lambda: scene.meta.requests(pixel)[-1].call.at > asked.call.at + 1)
    later = [
        one.call.at - asked.call.at
        for one in scene.meta.requests(pixel)
        if one.call.number > asked.call.number
    ]
    # What was under way at that moment may still come.
    early = [seconds for seconds in later if 2.0 < seconds < 7.5]
    scene.claim("Meta is left alone for as long as it asked", not early, early)


@scenario(
    "F7", "Meta refuses a whole batch once", is_quick=True, is_apart=False, loses_answers=False
)
def refuse_once(scene: Scene) -> None:
    """Answer error 100 to one request with several events; none of them is bad."""
    _play(
        scene,
        Step(
            scene.place.pixel,
            meant_for=lambda call: len(call.events) > 1,
            status=400,
            body=_error(100, "Invalid parameter"),
        ),
    )


@scenario(
    "F7", "Meta does not accept the token", is_quick=True, is_apart=False, loses_answers=False
)
def refuse_token(scene: Scene) -> None:
    """Answer error 190, until the destination has been tried once more."""
    times = 2 if scene.is_full else 1
    body = _error(190, "Invalid OAuth access token.")
    step = Step(scene.place.pixel, times=times, status=400, body=body)
    key = scene.place.environment_id
    scene.meta.play(step)
    held = wait_until(lambda: any(row[1] for row in scene.oracle.rows(_HELD, key)))
    scene.claim("the destination is held", held)
    asked = len(scene.meta.requests(scene.place.pixel))
    scene.load.take(10)
    tried = scene.oracle.rows(_TRIED, key)[0][0]
    scene.claim("what waits spends no attempts", tried == 0, tried)
    more = len(scene.meta.requests(scene.place.pixel)) - asked
    # Others may have been under way when it was held.
    scene.claim("it is left alone while it is held", more < 4, more)
    scene.claim("it is tried again by itself", wait_until(lambda: step.times == 0, 90))


@scenario(
    "F7", "Meta answers 200 with HTML", is_quick=True, is_apart=False,
    check=_has_reason("meta:unreadable"),
)  # fmt: skip
def answer_html(scene: Scene) -> None:
    """Take the events, and answer with a page."""
    html = b"<!DOCTYPE html><html><body>Sorry</body></html>"
    headers = {"content-type": "text/html"}
    _play(scene, Step(scene.place.pixel, takes=True, status=200, headers=headers, body=html))


@scenario(
    "F7", "Meta's JSON is cut short", is_quick=True, is_apart=False,
    check=_has_reason("meta:unreadable"),
)  # fmt: skip
def answer_cut_json(scene: Scene) -> None:
    """Take the events, and answer with half of the JSON."""
    _play(scene, Step(scene.place.pixel, takes=True, status=200, body=b'{"events_received": '))


@scenario(
    "F7", "Meta counts fewer events than it got", is_quick=True, is_apart=False,
    check=_has_reason("meta:incomplete"),
)  # fmt: skip
def count_fewer(scene: Scene) -> None:
    """Take the events, and say that none was."""
    _play(scene, Step(scene.place.pixel, takes=True, status=200, body={"events_received": 0}))


@scenario(
    "F8", "Meta never answers", is_quick=True, is_apart=False, check=_has_reason("network:timeout")
)
def hang(scene: Scene) -> None:
    """Take the events, and answer nothing."""
    _play(scene, Step(scene.place.pixel, takes=True, end="hang"))


@scenario(
    "F8", "Meta answers after 30 seconds", is_apart=False, check=_has_reason("network:timeout")
)
def answer_late(scene: Scene) -> None:
    """Take the events, and answer when nobody listens any more."""
    _play(scene, Step(scene.place.pixel, takes=True, delay_seconds=30))


@scenario("F8", "Meta's answer drips", is_quick=True, is_apart=False)
def drip(scene: Scene) -> None:
    """Take the events, and send the answer byte by byte, slower than anybody waits."""
    _play(scene, Step(scene.place.pixel, takes=True, end="drip"))


@scenario(
    "F8", "Meta breaks off before its answer", is_quick=True, is_apart=False,
    check=_has_reason("network:broken"),
)  # fmt: skip
def break_off_before(scene: Scene) -> None:
    """Take the events, and reset the connection."""
    _play(scene, Step(scene.place.pixel, takes=True, end="reset"))


@scenario("F8", "Meta breaks off amid its answer", is_quick=True, is_apart=False)
def break_off_amid(scene: Scene) -> None:
    """Take the events, and reset the connection within the answer's head, then in its body."""
    _play(scene, Step(scene.place.pixel, takes=True, end="reset", partial=20))
    _play(scene, Step(scene.place.pixel, takes=True, end="reset", partial=90))


@scenario("F8", "Meta refuses connections", is_quick=True)
def refuse_connections(scene: Scene) -> None:
    """Close Meta's port."""
    scene.meta.go_away()
    try:
        time.sleep(scene.seconds(8, 45))
    finally:
        scene.meta.come_back()


@scenario("F8", "one of two destinations hangs", is_quick=True, has_twin=True)
def hang_one_of_two(scene: Scene) -> None:
    """Let one destination never answer; the other one of the same events must not notice."""
    place, oracle = scene.place, scene.oracle
    wait_until(lambda: oracle.is_quiet(place), 20)
    calm = _p95(scene, place.twin)
    step = Step(place.pixel, times=None, takes=True, end="hang")
    with scene.meta.playing(step):
        began = scene.oracle.rows("SELECT now()")[0][0]
        assert wait_until(lambda: oracle.is_in_flight(place))
        scene.load.take(round(scene.seconds(60, 400)))
        told = set(scene.load.ledger.accepted)
        arrived = wait_until(lambda: told <= scene.meta.copies(place.twin).keys(), 30)
        scene.claim("the other destination gets everything meanwhile", arrived)
        troubled = _p95(scene, place.twin, began)
    if scene.is_full:
        # A person does not see a difference below two seconds: the log shows nothing sooner.
        scene.claim(
            "the other destination's delay stays as it was (95 of 100)",
            troubled <= max(3 * calm, 2.0), f"{calm:.2f} s before, {troubled:.2f} s meanwhile",
        )  # fmt: skip


@scenario("F8", "Meta's certificate is a stranger's")
def show_bad_certificate(scene: Scene) -> None:
    """Start the product with an address whose certificate nobody vouches for, and start it anew."""
    _start_with(scene, scene.meta.secure_url, "network:tls")


@scenario("F8", "Meta's name is not known")
def name_nobody(scene: Scene) -> None:
    """Start the product with an address that no name server knows, and start it anew."""
    _start_with(scene, "http://graph.invalid", "network:connect")


def _start_with(scene: Scene, url: str, reason: str) -> None:
    scene.product.end()
    scene.product.start({"META_GRAPH_URL": url})
    taken = scene.meta.count(scene.place.pixel)
    scene.load.take(30)
    query = _REASONS + " AND a.outcome = 'retry'"
    key = scene.place.environment_id
    told = wait_until(lambda: (reason,) in scene.oracle.rows(query, key))
    scene.claim(f"the log tells of {reason}", told)
    scene.claim("nothing is sent meanwhile", scene.meta.count(scene.place.pixel) == taken)
    scene.product.end()
    scene.product.start()


def _p95(scene: Scene, pixel: str, since: object = None) -> float:
    query = """
    SELECT COALESCE(percentile_cont(0.95) WITHIN GROUP (
        ORDER BY EXTRACT(EPOCH FROM d.finished_at - e.received_at)), 0)::float
    FROM delivery AS d JOIN event AS e ON e.id = d.event_id
    JOIN destination AS t ON t.id = d.destination_id
    WHERE t.label = %s AND d.finished_at IS NOT NULL
      AND (%s::timestamptz IS NULL OR e.received_at > %s)
    """
    return float(scene.oracle.rows(query, f"Pixel {pixel}", since, since)[0][0])
