"""A token and a person whose traces must be nowhere they could be read."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.db import connection

from delivery import tasks, wakeups
from delivery.models import Attempt
from extensions.contract import Answer
from tests.delivery.conftest import RunningSandbox
from tests.delivery.world import (
    EMAIL,
    TOKEN,
    Scripted,
    World,
    pass_time,
    rule,
    sha256,
    work,
)

CANARIES = (TOKEN, TOKEN[3:], EMAIL, sha256(EMAIL), "203.0.113.7")


@pytest.fixture
def logs(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Everything any logger says, before any redaction."""
    caplog.set_level(logging.DEBUG)
    return caplog


def test_canaries_reach_the_destination_but_no_log(
    world: World, sandbox: RunningSandbox, logs: pytest.LogCaptureFixture
) -> None:
    world.post(3)
    sandbox.fault(status=500, count=1)
    work()
    pass_time(minutes=1)
    sandbox.fault(status=401, count=1)
    work()
    pass_time(minutes=1)
    work()
    assert sandbox.received()[0]["user_data"]["em"] == [sha256(EMAIL)]
    assert "request_finished" in logs.text
    assert found_in(logs.text) == []


def test_canaries_stand_in_no_column(world: World, script: Scripted) -> None:
    echo = {"error": {"code": 190, "message": f"Cannot parse {TOKEN}"}}
    script.answer = lambda _: Answer(401, {}, json.dumps(echo).encode())
    secret = world.secret(TOKEN)
    world.publish(rule(), {**rule(isTestEvent=True, testEventCode="T"), "name": "T"})
    world.post(2)
    work()
    world.publish(token=None, accessToken=f"[[{secret.public_id}]]")
    world.post(2)
    work()
    assert found_in(dump()) == []


def test_answer_that_repeats_the_token_is_kept_without_it(world: World, script: Scripted) -> None:
    script.answer = lambda _: Answer(500, {}, f'{{"token": "{TOKEN}"}}'.encode())
    world.post()
    work()
    assert Attempt.objects.get().open_response() == {"token": "•••••"}


def test_errors_nobody_foresaw_are_logged_without_their_words(
    world: World,
    script: Scripted,
    logs: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"{TOKEN} {EMAIL}")

    for target in (
        "delivery.programs.live_in",
        "delivery.requesting.make_ready",
        "delivery.sending.make_ready",
        "delivery.finishing.finish",
        "extensions.meta.answers.read",
    ):
        with monkeypatch.context() as broken:
            world.post()
            work()
            broken.setattr(target, fail)
            world.post()
            work()
    assert "RuntimeError" in logs.text
    assert found_in(logs.text) == []


def test_wake_ups_carry_no_arguments(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(wakeups, "wake", lambda name: asked.append(name) or True)
    world.post()
    tasks.sweep()
    assert asked == ["delivery.process_events"]


def found_in(text: str) -> list[str]:
    return [canary for canary in CANARIES if canary in text]


def dump() -> str:
    """Every row of every table, as text; bytes also as the text they might be."""
    parts: list[str] = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names from the catalogue
            parts.extend(_text(value) for row in cursor.fetchall() for value in row)
    return "\n".join(parts)


def _text(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode("latin-1")
    return str(value)
