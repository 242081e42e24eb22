"""What an answer means, and what of it is kept for the rule."""

from __future__ import annotations

from typing import Any

import pytest

from extensions.cloud_connector.package import PACKAGE
from extensions.contract import Answer, Answered, Verdict
from tests.extensions.cloud_connector.making import called


def read(status: int, failure: str = "", detail: str = "", **headers: str) -> Verdict:
    assert PACKAGE.destination is not None
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return PACKAGE.destination.read(Answer(status, named, b"", failure, detail), 1)


STATUSES = {
    "delivered": (200, 201, 202, 204, 206, 299),
    "rejected": (300, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 409, 410, 418, 422, 499),
    "retry": (408, 425, 429, 500, 502, 503, 504, 599),
}


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(status, outcome) for outcome, statuses in STATUSES.items() for status in statuses],
)
def test_status_decides(status: int, outcome: str) -> None:
    verdict = read(status)
    assert verdict.outcome == outcome
    assert str(status) in verdict.title


FAILURES = [
    ("connect", "retry", False),
    ("tls", "retry", False),
    ("timeout", "retry", True),
    ("broken", "retry", True),
    ("something new", "retry", True),
    ("blocked", "rejected", False),
]


@pytest.mark.parametrize(("failure", "outcome", "is_ambiguous"), FAILURES)
def test_failure_decides(failure: str, outcome: str, is_ambiguous: bool) -> None:
    verdict = read(0, failure)
    assert (verdict.outcome, verdict.ambiguous) == (outcome, is_ambiguous)


def test_blocked_call_says_why_and_what_an_administrator_can_do() -> None:
    verdict = read(0, "blocked", "Calls go out by https alone.")
    assert verdict.explanation.startswith("Calls go out by https alone. Nothing was sent.")
    assert "FETCH_ALLOWED" in verdict.explanation


DATE = "Tue, 14 Oct 2025 07:28:00 GMT"
WAITS: list[tuple[dict[str, str], int | None]] = [
    ({}, None),
    ({"retry_after": "7"}, 7),
    ({"retry_after": "0"}, None),
    ({"retry_after": "999999999"}, 86_400),
    ({"retry_after": "9999999999999"}, None),
    ({"retry_after": "-3"}, None),
    ({"retry_after": "soon"}, None),
    ({"retry_after": "٣"}, None),
    ({"retry_after": "Tue, 14 Oct 2025 07:30:00 GMT", "date": DATE}, 120),
    ({"retry_after": "Tue, 14 Oct 2025 07:00:00 GMT", "date": DATE}, None),
    ({"retry_after": "Tue, 14 Oct 2025 07:30:00 GMT"}, None),
]


@pytest.mark.parametrize(("headers", "seconds"), WAITS)
def test_server_may_ask_for_time(headers: dict[str, str], seconds: int | None) -> None:
    assert read(429, **headers).after_seconds == seconds


def kept(answered: Answered | None, **settings: Any) -> dict[str, Any]:
    saved = {"saveResponse": True, "responseKey": "who", **settings}
    send = called(answers={"Test": answered} if answered else {}, **saved)
    return {".".join(one.path): one.value for one in send.kept}


def test_answer_is_kept_as_text_and_as_what_it_says() -> None:
    answered = Answered(201, {"etag": "x"}, '{"city": "Bern"}')
    assert kept(answered) == {
        "adobe-cloud-connector.responses.who": '{"city": "Bern"}',
        "adobe-cloud-connector.results.who": {
            "status": 201, "headers": {"etag": "x"}, "body": {"city": "Bern"}
        },
    }  # fmt: skip


@pytest.mark.parametrize("text", ["", "<html>", '{"cut": ', "[" * 40 + "]" * 40])
def test_answer_that_is_no_json_is_kept_as_text(text: str) -> None:
    assert kept(Answered(200, {}, text))["adobe-cloud-connector.results.who"]["body"] == text


@pytest.mark.parametrize("settings", [{"saveResponse": False}, {"responseKey": ""}])
def test_answer_is_not_waited_for_where_none_is_saved(settings: dict[str, Any]) -> None:
    send = called(**{"saveResponse": True, "responseKey": "who", **settings})
    assert not send.awaits


def test_failed_call_keeps_nothing_and_says_why() -> None:
    send = called(
        answers={"Test": Answered(failure="The server answered 404 Not Found.")},
        saveResponse=True,
        responseKey="who",
    )
    assert send.kept == ()
    assert send.failure == (
        "The call GET api.example.com/orders failed: The server answered 404 Not Found."
    )


def test_call_is_the_same_with_and_without_its_answer() -> None:
    saved = {"saveResponse": True, "responseKey": "who"}
    without = called(**saved)
    with_ = called(answers={"Test": Answered(200, {}, "{}")}, **saved)
    assert (without.payload, without.address) == (with_.payload, with_.address)
