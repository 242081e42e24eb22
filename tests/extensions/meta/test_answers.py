"""What each answer of Meta means for the events of the request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from extensions.contract import Answer, Verdict
from extensions.meta.destination import MetaDestination
from extensions.meta.errors import ERRORS, KnownError
from meta_sandbox import graph


def read(
    body: Any = None,
    status: int = 200,
    count: int = 2,
    headers: dict[str, str] | None = None,
    failure: str = "",
) -> Verdict:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return MetaDestination().read(Answer(status, headers or {}, raw, failure), count)


def error(code: Any, subcode: Any = None, status: int = 400, **more: Any) -> Verdict:
    parts = {"code": code, "error_subcode": subcode, "type": "OAuthException", **more}
    given = {key: value for key, value in parts.items() if value is not None}
    return read({"error": given}, status)


@pytest.mark.parametrize(
    ("codes", "outcome"),
    [
        ([(1, None), (2, None), (-1, None)], "retry"),
        ([(code, None) for code in (4, 17, 32, 341, 613, 80000, 80003, 80004, 80014)], "retry"),
        ([(17, 2446079)], "retry"),
        ([(368, None)], "hold"),
        ([(5000, None), (21009, None)], "retry"),
        ([(3, None), (10, None), *((code, None) for code in range(200, 300))], "hold"),
        ([(102, None), (190, None)], "hold"),
        ([(190, subcode) for subcode in (458, 459, 460, 463, 464, 467, 492, 99999)], "hold"),
        ([(100, 33), (100, 34), (803, None)], "hold"),
        ([(100, None), (100, 12345), (100, 2804999)], "rejected"),
        (
            [
                (100, 2804000 + last)
                for last in (
                    1, 3, 4, 7, 8, 9, 10, 11, 16, 17, 19, 36, 43, 48, 50, 63, 66, 69, 72, 87, 116,
                    132,
                )
            ],
            "rejected",
        ),
    ],
)  # fmt: skip
def test_graphs_code_decides(codes: list[tuple[int, int | None]], outcome: str) -> None:
    for code, subcode in codes:
        verdict = error(code, subcode)

        assert (verdict.outcome, verdict.ambiguous) == (outcome, False), (code, subcode)
        assert verdict.reason == (f"meta:{code}:{subcode}" if subcode else f"meta:{code}")


@pytest.mark.parametrize("row", ERRORS, ids=lambda row: f"{row.code}-{row.subcode}")
def test_every_known_error_is_explained(row: KnownError) -> None:
    is_type = isinstance(row.subcode, str)
    verdict = error(row.code, **{"type" if is_type else "subcode": row.subcode})

    assert verdict.outcome == row.outcome
    assert verdict.title == row.title
    assert verdict.explanation == f"{row.meaning} {row.advice}"
    assert verdict.help_url.startswith("https://developers.facebook.com/")


def test_no_error_stands_in_the_table_twice() -> None:
    keys = [(row.code, row.subcode) for row in ERRORS]

    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("trouble", [graph.MISSING_PROOF, graph.INVALID_PROOF])
def test_a_wrong_or_missing_app_secret_holds_every_event(trouble: graph.GraphError) -> None:
    verdict = read(trouble.body("A1"), trouble.status)

    assert (verdict.outcome, verdict.reason) == ("hold", "meta:100:GraphMethodException")
    assert "app secret" in verdict.title
    assert "App Secret" in verdict.explanation


def test_a_pixel_that_is_not_found_is_no_matter_of_the_app_secret() -> None:
    trouble = graph.UNKNOWN_OBJECT

    assert read(trouble.body("A1"), trouble.status).reason == "meta:100:33"


@pytest.mark.parametrize("kind", [None, 5, [], {}, "OAuthException"])
def test_an_error_of_another_type_is_about_the_event(kind: Any) -> None:
    assert error(100, type=kind).reason == "meta:100"


def test_a_code_written_as_text_is_understood() -> None:
    assert error("190", "463").reason == "meta:190:463"


@pytest.mark.parametrize("code", ["--5", "", "x", [], True, 1.5])
def test_a_code_that_is_no_number_counts_as_none(code: Any) -> None:
    assert error(code, status=503).reason == "http:503"


def test_a_payload_error_that_meta_calls_transient_is_tried_again() -> None:
    verdict = error(100, 2804003, is_transient=True)

    assert (verdict.outcome, verdict.reason) == ("retry", "meta:100:2804003")


@pytest.mark.parametrize(("code", "subcode"), [(190, 463), (200, None), (100, 33), (368, None)])
def test_transient_does_not_override_token_permission_and_pixel(
    code: int, subcode: int | None
) -> None:
    assert error(code, subcode, is_transient=True).outcome == "hold"


@pytest.mark.parametrize(
    ("status", "outcome"), [(400, "rejected"), (403, "hold"), (429, "retry"), (503, "retry")]
)
def test_an_unknown_code_is_judged_by_the_status(status: int, outcome: str) -> None:
    verdict = error(999999, status=status)

    assert (verdict.outcome, verdict.reason) == (outcome, "meta:999999")


def test_an_unknown_code_that_is_transient_is_tried_again() -> None:
    assert error(999999, is_transient=True).outcome == "retry"


def test_is_transient_counts_without_a_code() -> None:
    verdict = error(None, is_transient=True)

    assert (verdict.outcome, verdict.reason) == ("retry", "http:400")


@pytest.mark.parametrize(
    ("status", "outcome", "ambiguous"),
    [
        (400, "rejected", False),
        (401, "hold", False),
        (403, "hold", False),
        (404, "hold", False),
        (408, "retry", False),
        (413, "rejected", False),
        (429, "retry", False),
        (500, "retry", True),
        (502, "retry", True),
        (504, "retry", True),
    ],
)
def test_without_a_code_the_status_decides(status: int, outcome: str, ambiguous: bool) -> None:
    verdict = read({"error": {"message": "?"}}, status)

    assert (verdict.outcome, verdict.ambiguous) == (outcome, ambiguous)
    assert verdict.reason == f"http:{status}"


@pytest.mark.parametrize("status", [302, 400, 403, 404, 500])
@pytest.mark.parametrize("body", [b"<html>Sorry</html>", b"", b'{"error": {"code": 1'])
def test_an_answer_that_is_not_graphs_is_tried_again(status: int, body: bytes) -> None:
    assert read(body, status).outcome == "retry"


def test_a_full_confirmation_is_delivered() -> None:
    verdict = read({"events_received": 2, "messages": [], "fbtrace_id": "AbC"})

    assert (verdict.outcome, verdict.trace_id, verdict.notices) == ("delivered", "AbC", ())


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"events_received": 1}, "meta:incomplete"),
        ({"events_received": 0}, "meta:incomplete"),
        ({"messages": []}, "meta:unreadable"),
        ({"events_received": True}, "meta:unreadable"),
        ([], "meta:unreadable"),
        (b"<html>OK</html>", "meta:unreadable"),
        (b'{"events_received": 2', "meta:unreadable"),
        (b"", "meta:unreadable"),
    ],
)
def test_a_doubtful_confirmation_is_ambiguous(body: Any, reason: str) -> None:
    verdict = read(body)

    assert (verdict.outcome, verdict.ambiguous) == ("retry", True)
    assert verdict.reason == reason


def test_warnings_beside_a_success_are_kept() -> None:
    body = {"events_received": 2, "messages": ["Look\nhere", {"code": 1}, ""]}

    assert [notice.message for notice in read(body).notices] == ["Look here", '{"code":1}']


@pytest.mark.parametrize(
    ("failure", "ambiguous"),
    [("connect", False), ("tls", False), ("timeout", True), ("broken", True), ("new", True)],
)
def test_without_an_answer_the_failure_decides(failure: str, ambiguous: bool) -> None:
    verdict = read(b"", 0, failure=failure)

    assert (verdict.outcome, verdict.ambiguous) == ("retry", ambiguous)


def usage_of(minutes: Any, percent: Any = 1) -> str:
    entry = {"type": "x", "call_count": percent, "estimated_time_to_regain_access": minutes}
    return json.dumps({"123": [entry]})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        (
            {
                "retry-after": "Thu, 09 Oct 2025 08:55:20 GMT",
                "date": "Thu, 09 Oct 2025 08:53:20 GMT",
            },
            120,
        ),
        ({"retry-after": "Thu, 09 Oct 2025 08:55:20 GMT"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "9" * 30}, 86_400),
        ({"x-business-use-case-usage": usage_of(5)}, 300),
        ({"x-business-use-case": usage_of(5)}, 300),
        ({"x-business-use-case-usage": usage_of(0)}, None),
        ({"x-business-use-case-usage": usage_of("5")}, None),
        ({"x-business-use-case-usage": "{broken"}, None),
        ({"x-business-use-case-usage": '{"1": 5, "2": [3, null]}'}, None),
        ({"retry-after": "400", "x-business-use-case-usage": usage_of(5)}, 400),
    ],
)
def test_headers_say_how_long_to_wait(headers: dict[str, str], seconds: int | None) -> None:
    assert read({"error": {"code": 2}}, 500, headers=headers).after_seconds == seconds


def test_a_rate_limit_waits_even_when_no_header_says_so() -> None:
    assert (error(4).after_seconds, error(341).after_seconds) == (60, 3600)


def test_a_block_for_policy_reasons_pauses_for_long() -> None:
    assert error(368).after_seconds == 3600


@pytest.mark.parametrize(
    "headers",
    [
        {"x-app-usage": '{"call_count": 81}'},
        {"x-ad-account-usage": '{"acc_id_util_pct": 99.5}'},
        {"x-business-use-case-usage": usage_of(0, 90)},
    ],
)
def test_a_rate_limit_that_is_nearly_full_is_remarked(headers: dict[str, str]) -> None:
    verdict = read({"events_received": 2}, headers=headers)

    assert [notice.code for notice in verdict.notices] == ["usage_high"]


def test_metas_own_words_are_shown_for_a_refused_payload() -> None:
    said = "The parameter\n$['data'][0]['user_data'] is required"
    verdict = error(100, 2804019, error_user_msg=said)

    assert verdict.explanation.endswith(
        "Meta says: The parameter $['data'][0]['user_data'] is required"
    )


def test_words_that_may_quote_the_token_are_not_shown() -> None:
    verdict = error(190, message="Malformed access token EAAB1", error_user_msg="EAAB1 is bad")

    assert "EAAB1" not in repr(verdict)


def test_the_trace_id_is_found_in_error_and_header() -> None:
    assert error(190, fbtrace_id="Aa1").trace_id == "Aa1"
    assert read(b"", 500, headers={"x-fb-trace-id": "Bb2"}).trace_id == "Bb2"
