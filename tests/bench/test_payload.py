"""The measurement of payloads runs, compares the same work and ends as promised."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import payload


def test_it_ends_with_a_line_of_json() -> None:
    script = [sys.executable, "-m", "bench.payload", "--rounds", "1", "--events", "20"]
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
