"""What the answer to a probe says about pixel and token.

A probe is one event of nothing. Meta checks the token and the pixel before the event, so an
error about the event is good news.
"""

from __future__ import annotations

from dataclasses import replace

from extensions.contract import Answer, Verdict
from extensions.meta import answers, errors
from extensions.meta import vocabulary as meta

_PAYLOAD_SUBCODES = range(2_804_000, 2_805_000)
_OK = range(200, 300)

_LATER = "Try again in a few minutes."

WORKS = Verdict(
    "delivered",
    "meta:ok",
    "The connection works",
    "Meta knows the pixel and accepts the access token. Nothing was sent to the pixel.",
)
_UNCLEAR = Verdict(
    "rejected",
    "probe:unclear",
    "Meta's answer shows neither that it works nor that it does not",
    "Meta gave an error that is not known here. Send a test event to be sure.",
    meta.DOCS_ERRORS,
)

_FAILURES: dict[str, tuple[str, str]] = {
    "connect": (
        "Meta could not be reached",
        "Check that this server may open connections to the internet.",
    ),
    "tls": (
        "The connection to Meta is not secure",
        "The certificate could not be verified. Check the clock, the certificates and the proxy "
        "of the server.",
    ),
    "timeout": ("Meta did not answer in time", _LATER),
    "broken": ("The connection to Meta broke off", _LATER),
}


def read(answer: Answer) -> Verdict:
    """Return `delivered` where pixel and token work, else what is in the way. Never raises."""
    verdict = answers.read(answer, 1)
    if answer.failure:
        title, explanation = _FAILURES.get(answer.failure) or _FAILURES["broken"]
        return replace(verdict, title=title, explanation=explanation)
    error = answers.graph_error(answer)
    if error is not None:
        return _of_error(verdict, *error)
    if verdict.outcome == "delivered" or verdict.reason == "meta:incomplete":
        return _as(WORKS, verdict)
    if answer.status in _OK or verdict.outcome == "retry":
        return replace(
            verdict, explanation=f"What came back was not an answer of Meta's API. {_LATER}"
        )
    return verdict


def _of_error(verdict: Verdict, code: int | None, subcode: int | None) -> Verdict:
    if code == errors.PAYLOAD_CODE and subcode in _PAYLOAD_SUBCODES:
        return _as(WORKS, verdict)
    if verdict.outcome == "hold":
        return verdict
    known = errors.find(code, subcode) if code is not None else None
    if verdict.outcome == "retry":
        meaning = known.meaning if known is not None else ""
        return replace(verdict, explanation=f"{meaning} {_LATER}".strip())
    return _as(replace(_UNCLEAR, reason=verdict.reason), verdict)


def _as(words: Verdict, verdict: Verdict) -> Verdict:
    return replace(words, trace_id=verdict.trace_id, notices=verdict.notices)
