"""The measurement of payloads runs, compares the same work and ends as promised."""

from __future__ import annotations

import json
import subprocess
import sys
from urllib.parse import parse_qs

import pytest

from bench import payload


@pytest.mark.parametrize("until", ["payload", "request"])
def test_it_ends_with_a_line_of_json(until: str) -> None:
    script = [sys.executable, "-m", "bench.payload", "--rounds", "1", "--events", "20"]
    script += ["--until", until]
    run = subprocess.run(script, capture_output=True, text=True, check=True)

    result = json.loads(run.stdout.splitlines()[-1])

    assert list(result) == ["events_per_second", "sdk_events_per_second", "ratio"]
    assert all(number > 0 for number in result.values())


def test_every_event_is_of_another_person() -> None:
    events = payload.events(6000)

    for key in ("email", "phone", "first_name", "last_name", "city", "zip", "id"):
        assert len({event["customer"][key] for event in events}) == 6000


def test_both_make_the_same_event() -> None:
    make = payload.ours()
    for event in payload.events(60):
        mine, sdk = json.loads(make(event)), json.loads(payload.theirs(event))

        assert mine["custom_data"] == sdk["custom_data"] | {"currency": "USD"}
        assert mine["user_data"].keys() == sdk["user_data"].keys()
        assert {key: mine[key] for key in mine if not key.endswith("_data")} == {
            key: sdk[key] for key in sdk if not key.endswith("_data")
        }


def test_both_make_the_body_of_a_request_with_every_event() -> None:
    batch = payload.events(3)
    mine = json.loads(payload.our_requests()(batch))["data"]
    form = parse_qs(payload.their_requests()(batch).decode())
    sdk = [json.loads(event) for event in json.loads(form["data"][0])]

    assert [event["event_id"] for event in mine] == [event["event_id"] for event in sdk]
    assert len(mine) == 3
