"""Whole payloads, written by hand from Meta's documentation and kept as JSON beside this file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from extensions.contract import Scope, Send
from extensions.meta import vocabulary
from extensions.meta.destination import MetaDestination
from extensions.meta.hashing import sha256
from extensions.meta.package import PACKAGE, SEND_EVENT
from extensions.validation import problems_in
from meta_sandbox.judge import Terms, judge
from meta_sandbox.wire import Request
from tests.extensions.meta.making import EVENT_ID, NOW, LiteralCompiler

FILES = sorted(Path(__file__).with_name("golden").glob("*.json"))


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def golden(request: pytest.FixtureRequest) -> dict[str, Any]:
    """One golden file."""
    return read(request.param)


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def made(golden: dict[str, Any]) -> Send:
    """Make the payload that the file describes."""
    action = SEND_EVENT.compile(golden["settings"], LiteralCompiler(golden["configuration"]))
    result = action(Scope(golden["event"], golden["request"], EVENT_ID, NOW, NOW))
    assert isinstance(result, Send), result
    return result


def test_the_payload_is_the_one_that_was_reviewed(golden: dict[str, Any]) -> None:
    send = made(golden)

    assert {
        "address": dict(send.address),
        "payload": send.payload,
        "expires_at": send.expires_at,
        "notices": [[notice.code, notice.field] for notice in send.notices],
        "origins": [list(origin) for origin in send.origins],
    } == golden["expected"]


def test_the_reviewed_hashes_are_those_of_the_normalised_values(golden: dict[str, Any]) -> None:
    user_data = golden["expected"]["payload"]["user_data"]

    for key, values in golden["normalised"].items():
        assert user_data[key] == [sha256(value) for value in values]


def test_settings_and_configuration_pass_their_own_checks(golden: dict[str, Any]) -> None:
    assert problems_in(SEND_EVENT, golden["settings"]) == []
    assert problems_in(PACKAGE, golden["configuration"]) == []


def test_the_sandbox_takes_the_request(golden: dict[str, Any]) -> None:
    send = made(golden)
    payload = json.dumps(send.payload).encode()
    credentials = {key: f"{key} of the sandbox" for key in ("credential", "app_secret")}
    if "app_secret" not in send.address:
        del credentials["app_secret"]
    request = MetaDestination().request(send.address, credentials, [payload, payload])
    headers = {name.lower(): value for name, value in request.headers.items()}

    verdict = judge(
        Request(request.method, request.path, {}, headers, request.body),
        send.address["dataset"],
        NOW,
        Terms(app_secret=credentials.get("app_secret", "")),
    )

    assert verdict.error is None, verdict.reason
    assert len(verdict.events) == 2


def test_every_action_source_has_its_file() -> None:
    sources = {read(path)["expected"]["payload"]["action_source"] for path in FILES}

    assert sources == {source for source, _ in vocabulary.ACTION_SOURCES}
