"""Time zones by their IANA name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from extensions.contract import Problem, Settings

UTC_NAME = "UTC"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}")
# These mean another zone, or none, on another machine.
_OF_ONE_MACHINE = re.compile(r"localtime|posixrules|Factory|(?:posix|right)/.*")

_OFTEN_USED = (
    "UTC", "Europe/London", "Europe/Berlin", "Europe/Paris", "Europe/Madrid", "Europe/Rome",
    "Europe/Warsaw", "Europe/Athens", "Europe/Istanbul", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "America/Toronto", "America/Mexico_City",
    "America/Bogota", "America/Sao_Paulo", "America/Argentina/Buenos_Aires", "Africa/Cairo",
    "Africa/Lagos", "Africa/Johannesburg", "Asia/Dubai", "Asia/Karachi", "Asia/Kolkata",
    "Asia/Bangkok", "Asia/Jakarta", "Asia/Singapore", "Asia/Shanghai", "Asia/Tokyo", "Asia/Seoul",
    "Australia/Perth", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip

_UNKNOWN = "This time zone is not known. Use a name such as Europe/Berlin."


class UnknownZone(ValueError):
    """There is no time zone of this name."""


def find(name: str) -> tzinfo:
    """Return the zone of that name, spelled as IANA does.

    Raises:
        UnknownZone: there is none, or it is not the same everywhere.
    """
    if name == UTC_NAME:
        return UTC
    if not _NAME.fullmatch(name) or _OF_ONE_MACHINE.fullmatch(name):
        raise UnknownZone(_UNKNOWN)
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):  # a folder of zones is an OSError
        raise UnknownZone(_UNKNOWN) from None


def check_zone(settings: Settings) -> Iterator[Problem]:
    """Find a zone that is unknown in the setting `zone`."""
    try:
        find(settings.get("zone", UTC_NAME))
    except UnknownZone as error:
        yield Problem("zone", str(error))


def zone_field(description: str, **hints: Any) -> dict[str, Any]:
    """Return the schema of a setting that names a zone."""
    return {
        "type": "string",
        "title": "Time Zone",
        "description": description,
        "default": UTC_NAME,
        "ui": {
            "widget": "combo",
            "picker": False,
            "options": [[name, name] for name in _OFTEN_USED],
            **hints,
        },
    }
