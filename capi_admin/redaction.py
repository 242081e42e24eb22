"""The last guard before a log line leaves: tokens and e-mail addresses become dots.

Nothing is meant to log them in the first place; libraries and tracebacks sometimes do.
"""

from __future__ import annotations

import re
from typing import Any

_PATTERNS = (
    re.compile(r"(?i)(access_token=|authorization\W+bearer\s+|bearer\s+)[^\s&\"']+"),
    re.compile(r"()\bEAA[A-Za-z0-9]{8,}"),
    re.compile(r"()[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    re.compile(r"(postgres(?:ql)?://[^:/\s]*:|redis://[^:/\s]*:)[^@\s]+(?=@)"),
)


def redact(text: str) -> str:
    """Return the text without tokens, passwords in addresses, and e-mail addresses."""
    for pattern in _PATTERNS:
        text = pattern.sub(r"\1•••••", text)
    return text


def redact_values(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Redact every text of a log entry, its traceback too; a structlog processor."""
    return {key: _redacted(value) for key, value in event.items()}


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: _redacted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted(item) for item in value]
    return value
