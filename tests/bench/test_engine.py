"""The measurement of the engine runs, measures what it says and ends as promised."""

from __future__ import annotations

import json
import subprocess
import sys

from bench import engine
from bench.payload import NOW
from extensions.contract import Send
from rules.engine import Program, check_document


def test_it_ends_with_a_line_of_json() -> None:
    few = ["--rounds", "1", "--events", "20", "--large", "20"]
    script = [sys.executable, "-m", "bench.engine", *few]
    run = subprocess.run(script, capture_output=True, text=True, check=True)

    result = json.loads(run.stdout.splitlines()[-1])

    assert list(result) == list(engine.KEYS)
    assert all(number > 0 for number in result.values())


def test_builds_that_are_measured_have_no_problem() -> None:
    for made in (engine.document(5), engine.document(20, elements=40, sections=5)):
        assert check_document(made) == []


def test_one_rule_of_200_takes_each_event_and_hashes_nine_of_sixteen_fields() -> None:
    program = Program(engine.document(200, sections=5))
    for number, event in enumerate(engine.events(10)):
        evaluation = program.evaluate(
            event, {}, event_id=f"{number:032x}", received_at=NOW, now=NOW
        )
        [action] = evaluation.actions
        assert isinstance(action.result, Send)
        user = action.result.payload["user_data"]
        assert sum(isinstance(value, list) for value in user.values()) == 9
    mapped = json.dumps(engine.MAPPED).count("{{")
    assert (mapped, len(engine.ELEMENTS)) == (16, 20)
