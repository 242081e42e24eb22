"""The one reader of environment variables, and the list of those that exist.

Every variable is declared in `VARIABLES`; reading another one is an error, so the list in the
docs (checked by a test) is complete. A secret ``X`` may come from the file named by ``X_FILE``.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting of a deployment."""

    name: str
    default: str | None
    meaning: str
    secret: bool = False


VARIABLES = {
    variable.name: variable
    for variable in (
        Variable("SECRET_KEY", None, "Signs sessions and forms. Any long random text.", True),
        Variable(
            "ENCRYPTION_KEYS",
            None,
            "Keys that seal tokens and event bodies: base64 of 32 bytes, one to a line, newest "
            "first.",
            True,
        ),
        Variable("DATABASE_URL", None, "postgresql://user:password@host:port/name", True),
        Variable("REDIS_URL", "redis://localhost:6379/0", "Celery broker and cache.", True),
        Variable("DATA_DIR", ".data", "Folder for what `make run` keeps."),
        Variable("META_GRAPH_URL", "https://graph.facebook.com", "Where Meta's Graph API answers."),
        Variable("ALLOWED_HOSTS", "localhost,127.0.0.1", "Host names of the admin, by comma."),
        Variable("TRUSTED_ORIGINS", "", "Origins that may post forms, such as https://a.example."),
        Variable(
            "COLLECTOR_URL", "http://localhost:8001", "The collector's address as sites see it."
        ),
        Variable(
            "TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For is believed, by comma (CIDR)."
        ),
        Variable(
            "FETCH_ALLOWED",
            "",
            "Servers beyond the public internet that fetch calls may reach, by comma: host:port, "
            "or http://host:port for plain http.",
        ),
        Variable(
            "DUPLICATE_HOURS",
            "48",
            "Hours in which an event posted again with the same id and name is known, at most 168.",
        ),
        Variable(
            "RETENTION_BODY_DAYS",
            "7",
            "Days for which the contents of events and payloads are kept, today not counted.",
        ),
        Variable(
            "RETENTION_LOG_DAYS",
            "30",
            "Days for which the log tells of events, today not counted.",
        ),
        Variable(
            "BACKLOG_EVENTS",
            "10000000",
            "Events and deliveries that may wait before the collector takes no more; 0: any.",
        ),
        Variable(
            "BACKLOG_HOURS",
            "24",
            "Hours something due may wait before the collector takes no more; 0: any.",
        ),
        Variable(
            "DISK_FREE_PERCENT",
            "10",
            "Free share of the database's disk below which the collector takes no more; 0: any.",
        ),
        Variable(
            "DISK_FOLDER",
            "",
            "Where the collector finds that disk. Empty: the database's own folder, if it is here.",
        ),
        Variable(
            "METRICS_TOKEN",
            "",
            "Who sends it as a Bearer token may read /metrics. Empty: only this machine may.",
            True,
        ),
        Variable("CUSTOM_CODE", "on", "off where no JavaScript of rules may run on this server."),
        Variable("HTTPS", "no", "yes where the admin is served over TLS: secure cookies, HSTS."),
        Variable("DEBUG", "no", "yes for development only."),
        Variable("LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR."),
        Variable("LOG_FORMAT", "json", "json: one object to a line; text: for reading."),
    )
}


def text(name: str) -> str:
    """Return a variable, or its default.

    Raises:
        ImproperlyConfigured: it has neither, or its file cannot be read.
    """
    variable = VARIABLES[name]
    value = os.environ.get(name)
    if value is None and variable.secret:
        value = _from_file(name)
    if value is None:
        value = variable.default
    if value is None:
        raise ImproperlyConfigured(f"Set {name}: {variable.meaning}")
    return value


def boolean(name: str) -> bool:
    """Return a variable that is yes or no.

    Raises:
        ImproperlyConfigured: it is neither.
    """
    value = text(name).strip().lower()
    if value in {"yes", "true", "on", "1"}:
        return True
    if value in {"no", "false", "off", "0", ""}:
        return False
    raise ImproperlyConfigured(f"{name} is yes or no, not {value!r}.")


def number(name: str, most: int) -> int:
    """Return a variable that is a whole number from 0 to `most`.

    Raises:
        ImproperlyConfigured: it is not.
    """
    value = text(name).strip()
    if not value.isascii() or not value.isdigit() or len(value) > 18 or int(value) > most:
        raise ImproperlyConfigured(f"{name} is a whole number from 0 to {most}, not {value!r}.")
    return int(value)


def choice(name: str, *choices: str) -> str:
    """Return a variable that is one of some words.

    Raises:
        ImproperlyConfigured: it is none of them.
    """
    value = text(name).strip().lower()
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is {' or '.join(choices)}, not {value!r}.")
    return value


def words(name: str) -> list[str]:
    """Return a variable that is a list divided by commas."""
    return [word.strip() for word in text(name).split(",") if word.strip()]


def _from_file(name: str) -> str | None:
    path = os.environ.get(f"{name}_FILE")
    if path is None:
        return None
    try:
        return Path(path).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE cannot be read: {error}") from None
