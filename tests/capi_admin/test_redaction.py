"""Whatever a library logs, no token, password or e-mail address leaves in a line."""

from __future__ import annotations

import io
import json
import logging
from logging.config import dictConfig
from typing import Any

import pytest
import structlog
from django.conf import settings

from capi_admin.redaction import redact

SECRETS = {
    "a token in an address": ("GET /v26.0/1/events?access_token=abc123&x=1", "abc123"),
    "a bearer header": ("Authorization: Bearer abc.def-123", "abc.def-123"),
    "a token of Meta": ("token EAABsbCS1iHgBA1234 is bad", "EAABsbCS1iHgBA1234"),
    "an e-mail address": ("no such user mary.jones+x@example.co.uk", "mary.jones"),
    "a database password": ("postgresql://capi:pa55@db/capi refused", "pa55"),
    "a redis password": ("redis://:pa55@redis:6379/0 refused", "pa55"),
}


@pytest.mark.parametrize(("text", "secret"), SECRETS.values(), ids=SECRETS)
def test_it_is_taken_out_of_text(text: str, secret: str) -> None:
    assert secret not in redact(text)
    assert "•••••" in redact(text)


@pytest.mark.parametrize("text", ["event 01a2 delivered", "rule “Purchase” fired", ""])
def test_other_text_stays(text: str) -> None:
    assert redact(text) == text


@pytest.fixture
def stream() -> io.StringIO:
    """What the root handler writes, under the product's own configuration of logs."""
    dictConfig(settings.LOGGING)
    handler: Any = logging.getLogger().handlers[-1]
    written = io.StringIO()
    handler.setStream(written)
    return written


def test_a_traceback_is_logged_without_what_it_quotes(stream: io.StringIO) -> None:
    try:
        raise ValueError("Bearer abc.def-123 refused")
    except ValueError:
        logging.getLogger("django.request").error("Internal Server Error", exc_info=True)
    line = json.loads(stream.getvalue())
    assert "ValueError" in line["exception"]
    assert "abc.def-123" not in stream.getvalue()


def test_bound_values_are_redacted_too(stream: io.StringIO) -> None:
    structlog.get_logger("delivery").warning("sent", to={"who": ["mary@example.com"]})
    assert "mary@example.com" not in stream.getvalue()
    assert "sent" in stream.getvalue()
