"""Every process writes one form of line: ours, with what is private taken out."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from capi_admin import env
from tests.up.places import ROOT

# What a library of each kind of process says when something goes wrong.
_LOGGERS = ("uvicorn.error", "_granian", "celery.app.trace", "celery.beat", "kombu", "django", "x")
_SAY = """
import logging, logging.config, sys
{before}
import django
django.setup()
for name in {loggers!r}:
    try:
        raise ValueError("Bearer abc.def-123 of mary@example.com")
    except ValueError:
        logging.getLogger(name).error("it %s", "failed", exc_info=True)
"""
# Each server has set up logging its own way by the time our settings are read.
_SERVERS = {
    "uvicorn": "from uvicorn import config; logging.config.dictConfig(config.LOGGING_CONFIG)",
    "granian": "from granian.log import *; configure_logging(LogLevels.error)",
    "none": "",
}


def _said(server: str, log_format: str) -> list[str]:
    program = _SAY.format(before=_SERVERS[server], loggers=_LOGGERS)
    environment = {**os.environ, "LOG_FORMAT": log_format}
    ended = subprocess.run(
        (sys.executable, "-c", program),
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "capi_admin.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == ""
    assert "abc.def" not in ended.stderr
    assert "mary@" not in ended.stderr
    return ended.stderr.splitlines()


@pytest.mark.parametrize("server", _SERVERS)
def test_every_line_of_a_server_is_one_json_object(server: str) -> None:
    lines = [json.loads(line) for line in _said(server, "json")]
    assert [line["logger"] for line in lines] == list(_LOGGERS)
    assert all("ValueError" in line["exception"] for line in lines)
    assert {line["event"] for line in lines} == {"it failed"}


def test_text_is_for_reading() -> None:
    lines = _said("uvicorn", "text")
    assert any("it failed" in line and not line.startswith("{") for line in lines)


def test_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(env.ImproperlyConfigured, match="LOG_FORMAT is json or text"):
        env.choice("LOG_FORMAT", "json", "text")
