"""The codes of the event log, with the words a person reads beside them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from capi_admin.reference.markdown import code, sentences, table
from delivery.reasons import REASONS
from extensions.contract import Answer
from extensions.meta import lint, survey
from extensions.meta.answers import read
from extensions.meta.errors import ERRORS, KnownError
from extensions.meta.refusals import MESSAGES

_FATES = {
    "delivered": "Delivered",
    "retry": "Sent again",
    "hold": "Held",
    "rejected": "Rejected",
}
_FEW = 3

# One answer for every verdict that comes from no error code of Meta; each with the reason as the
# table shows it, where the answer stands for others too.
_ANSWERS: tuple[tuple[str, Answer], ...] = (
    ("", Answer(200, body=b'{"events_received": 1}')),
    ("", Answer(200, body=b'{"events_received": 0}')),
    ("", Answer(200, body=b"<html>")),
    ("", Answer(0, failure="connect")),
    ("", Answer(0, failure="tls")),
    ("", Answer(0, failure="timeout")),
    ("", Answer(0, failure="broken")),
    ("`http:500` – `http:599`", Answer(503)),
    ("", Answer(429)),
    ("", Answer(413)),
    ("", Answer(408)),
    ("`http:401`, `http:403`, `http:404`, `http:407`", Answer(403, body=b"{}")),
    ("any other `http:…`, without JSON", Answer(302)),
    ("any other `http:…`, with JSON", Answer(400, body=b"{}")),
)


def reasons() -> str:
    """Return the table of the reasons that delivery itself gives."""
    rows = ((code(key), each.title, each.explanation) for key, each in REASONS.items())
    return table(("Reason", "Title", "Explanation"), rows)


def meta_refusals() -> str:
    """Return the table of why an action of the Meta extension may not send."""
    return table(("Reason", "Words"), ((code(key), text) for key, text in MESSAGES.items()))


def meta_answers() -> str:
    """Return the table of answers that hold no error code of Meta, as the extension reads them."""
    return table(("Reason", "Delivery", "Title", "Explanation"), map(_answer_row, _ANSWERS))


def meta_errors() -> str:
    """Return the table of Meta's error codes."""
    groups = (list(group) for _, group in groupby(ERRORS, key=_but_for_code))
    return table(("Reason", "Delivery", "Title", "Explanation"), map(_error_row, groups))


def meta_lint() -> str:
    """Return the table of the advice that one finished payload gets."""
    rows = (
        (code(rule.code), _fields(rule.field), sentences(rule.message, f"[More]({rule.docs_url})"))
        for rule in lint.RULES
    )
    return table(("Advice", "Field", "Words"), rows)


def meta_survey() -> str:
    """Return the table of the advice that many payloads get together; the counts are examples."""
    rows = [
        *((rule.code, f"user_data.{rule.key}", rule.message) for rule in survey.SHARED),
        *((rule.code, rule.field, rule.message) for rule in survey.MISSING),
    ]
    return table(
        ("Advice", "Field", "Words"),
        ((code(key), code(field), f"So many events {message}") for key, field, message in rows),
    )


def _fields(names: str) -> str:
    return ", ".join(map(code, names.split(", ")))


def _answer_row(row: tuple[str, Answer]) -> Sequence[str]:
    shown, answer = row
    verdict = read(answer, 1)
    fate = _fate(verdict.outcome, verdict.after_seconds)
    return (shown or code(verdict.reason), fate, verdict.title, verdict.explanation)


def _error_row(errors: Sequence[KnownError]) -> Sequence[str]:
    first = errors[0]
    explanation = sentences(first.explanation, f"[More]({first.help_url})")
    fate = _fate(first.outcome, first.after_seconds)
    return (_codes(errors), fate, first.title, explanation)


def _codes(errors: Sequence[KnownError]) -> str:
    """Return the reasons of these errors; of a long run of codes only the ends."""
    first, last = errors[0], errors[-1]
    if len(errors) > _FEW and last.code - first.code == len(errors) - 1:
        return f"{code(_reason(first))} – {code(_reason(last))}"
    return ", ".join(code(_reason(error)) for error in errors)


def _reason(error: KnownError) -> str:
    found = f"meta:{error.code}"
    return found if error.subcode is None else f"{found}:{error.subcode}"


def _but_for_code(error: KnownError) -> Iterable[object]:
    return (
        error.subcode is None,
        error.outcome,
        error.title,
        error.explanation,
        error.help_url,
        error.after_seconds,
    )


def _fate(outcome: str, after_seconds: int | None) -> str:
    return sentences(_FATES[outcome], f"after {after_seconds} s or more" if after_seconds else "")
