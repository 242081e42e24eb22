"""What an answer of Meta means for the events of a request.

Order of judgement: Graph's code with its subcode, then `is_transient`, then the HTTP status.
Texts of Meta are localised and decide nothing.
"""

from __future__ import annotations

from dataclasses import replace

import orjson

from extensions.contract import JSON, Answer, Notice, Verdict
from extensions.meta import errors, usage
from extensions.meta import vocabulary as meta

_OK = range(200, 300)
_SERVER_TROUBLE = range(500, 600)
_REQUEST_TIMEOUT, _TOO_LARGE, _TOO_MANY = 408, 413, 429
_NOT_FOR_US = frozenset({401, 403, 404, 407})
_WORST_TEXT = 300
_LONGEST_TRACE_ID = 64
_LONGEST_NUMBER = 12

_AGAIN = "Nothing needs to be done: the events are sent again by themselves."

_FAILURES: dict[str, Verdict] = {
    "connect": Verdict("retry", "network:connect", "Meta could not be reached", _AGAIN),
    "tls": Verdict(
        "retry",
        "network:tls",
        "The connection to Meta is not secure",
        "The certificate could not be verified, so nothing was sent. If this lasts, check the "
        "clock, the certificates and the proxy of the server.",
    ),
    "timeout": Verdict(
        "retry", "network:timeout", "Meta did not answer in time", _AGAIN, ambiguous=True
    ),
    "broken": Verdict(
        "retry", "network:broken", "The connection to Meta broke off", _AGAIN, ambiguous=True
    ),
}


def read(answer: Answer, count: int) -> Verdict:
    """Return the verdict on a request of `count` events. Never raises."""
    if answer.failure:
        return _FAILURES.get(answer.failure) or _FAILURES["broken"]
    body = _json_object(answer.body)
    verdict = _judge(answer.status, body, count)
    return replace(
        verdict,
        after_seconds=usage.seconds_to_wait(answer.headers) or verdict.after_seconds,
        trace_id=_trace_id(body, answer),
        notices=verdict.notices + usage.notices(answer.headers),
    )


def graph_error(answer: Answer) -> tuple[int | None, int | None] | None:
    """Return code and subcode of the Graph error in an answer, None when it holds no error."""
    error = (_json_object(answer.body) or {}).get("error")
    if not isinstance(error, dict):
        return None
    return _integer(error.get("code")), _integer(error.get("error_subcode"))


def _judge(status: int, body: dict[str, JSON] | None, count: int) -> Verdict:
    error = (body or {}).get("error")
    if isinstance(error, dict):
        return _graph_error(error, status)
    if status in _OK:
        return _taken(body, status, count)
    return _transport_error(status, is_readable=body is not None)


def _graph_error(error: dict[str, JSON], status: int) -> Verdict:
    code, subcode = _integer(error.get("code")), _integer(error.get("error_subcode"))
    known = errors.find(code, subcode or _type(error)) if code is not None else None
    is_transient = error.get("is_transient") is True
    if known is not None and not (is_transient and known.outcome == "rejected"):
        return _verdict_of(known, subcode, error)
    reason = _reason(code, subcode) if code is not None else f"http:{status}"
    if is_transient:
        return Verdict("retry", reason, "Meta had a passing error", _AGAIN)
    if code is None:
        return _transport_error(status, is_readable=True)
    return replace(_transport_error(status, is_readable=True), reason=reason)


def _verdict_of(known: errors.KnownError, subcode: int | None, error: dict[str, JSON]) -> Verdict:
    explanation = known.explanation
    # Meta's own words name the parameter. With other outcomes they may quote the token.
    said = error.get("error_user_msg") if known.outcome == "rejected" else None
    if isinstance(said, str) and said.strip():
        explanation = f"{explanation} Meta says: {_one_line(said)}"
    return Verdict(
        known.outcome,
        _reason(known.code, known.subcode if isinstance(known.subcode, str) else subcode),
        known.title,
        explanation,
        known.help_url,
        known.after_seconds,
    )


def _taken(body: dict[str, JSON] | None, status: int, count: int) -> Verdict:
    received = _integer(body.get("events_received")) if body is not None else None
    if body is None or received is None:
        return Verdict(
            "retry",
            "meta:unreadable",
            "Meta's answer could not be read",
            f"The answer said {status}, but not how many events were taken. {_AGAIN}",
            ambiguous=True,
        )
    if received < count:
        return Verdict(
            "retry",
            "meta:incomplete",
            "Meta did not take every event",
            f"Meta confirmed {received} of {count} events. {_AGAIN}",
            ambiguous=True,
        )
    return Verdict("delivered", "meta:ok", "Meta took the event", notices=_messages(body))


def _transport_error(status: int, *, is_readable: bool) -> Verdict:
    """The verdict where Graph itself said nothing that is known."""
    reason = f"http:{status}"
    if status in _SERVER_TROUBLE:
        return Verdict("retry", reason, "Meta's server had an error", _AGAIN, ambiguous=True)
    if status == _TOO_MANY:
        title = "Meta's rate limit is reached"
        return Verdict("retry", reason, title, _AGAIN, meta.DOCS_RATE_LIMITS, meta.MINUTE)
    if status == _TOO_LARGE:
        return Verdict("rejected", reason, "The request is too large", "Meta refused its size.")
    if status == _REQUEST_TIMEOUT or not is_readable:
        return Verdict("retry", reason, "The answer did not come from Meta's API", _AGAIN)
    if status in _NOT_FOR_US:
        return Verdict(
            "hold",
            reason,
            "The request was turned away",
            "Check the pixel, the access token and any proxy between this server and Meta. The "
            "events wait and are sent once this is fixed.",
            meta.DOCS_USING_THE_API,
        )
    return Verdict(
        "rejected",
        reason,
        "Meta refused the event",
        "Meta gave an error that is not known here. Look it up on Meta's page.",
        meta.DOCS_ERRORS,
    )


def _messages(body: dict[str, JSON]) -> tuple[Notice, ...]:
    messages = body.get("messages")
    if not isinstance(messages, list):
        return ()
    texts = (m if isinstance(m, str) else orjson.dumps(m).decode() for m in messages if m)
    return tuple(Notice("meta_message", "", _one_line(text)) for text in texts)


def _json_object(body: bytes) -> dict[str, JSON] | None:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _trace_id(body: dict[str, JSON] | None, answer: Answer) -> str:
    error = (body or {}).get("error")
    inner = error.get("fbtrace_id") if isinstance(error, dict) else None
    for found in (inner, (body or {}).get("fbtrace_id"), answer.headers.get("x-fb-trace-id")):
        if isinstance(found, str) and found.isprintable():
            return found[:_LONGEST_TRACE_ID]
    return ""


def _type(error: dict[str, JSON]) -> str | None:
    kind = error.get("type")
    return kind if isinstance(kind, str) else None


def _reason(code: int, subcode: int | str | None) -> str:
    return f"meta:{code}" if subcode is None else f"meta:{code}:{subcode}"


def _integer(value: JSON) -> int | None:
    if isinstance(value, str):
        try:
            return int(value[:_LONGEST_NUMBER])
        except ValueError:
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return "".join(filter(str.isprintable, line))[:_WORST_TEXT]
