"""Text from outside, made fit for a column.

PostgreSQL takes neither NUL nor half a surrogate pair, and every column has an end. One such
character in a destination's answer must not stop a whole batch from being recorded.
"""

from __future__ import annotations

from collections.abc import Iterable

from extensions.contract import Notice


def fit(text: str, length: int) -> str:
    """Return the text without what PostgreSQL refuses, cut to `length` characters."""
    if text.isascii() and "\0" not in text:  # as nearly all of it is
        return text[:length]
    return text.replace("\0", "").encode("utf-8", "replace").decode()[:length]


def notices(found: Iterable[Notice]) -> list[dict[str, str]]:
    """Return notices as they are kept with a delivery."""
    return [
        {
            "code": fit(notice.code, 120),
            "field": fit(notice.field, 120),
            "message": fit(notice.message, 2000),
        }
        for notice in found
    ]
