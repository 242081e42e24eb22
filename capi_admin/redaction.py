"""The last guard before a log line leaves: tokens and e-mail addresses become dots.

Nothing is meant to log them in the first place; libraries and tracebacks sometimes do.
"""

from __future__ import annotations

import logging
import re

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


class Redact(logging.Filter):
    """Rewrites the message, its values and its traceback before any handler formats them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Redact the record in place; every record passes."""
        if isinstance(record.msg, dict):
            record.msg = {
                key: redact(value) if isinstance(value, str) else value
                for key, value in record.msg.items()
            }
            return True
        record.msg = redact(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
