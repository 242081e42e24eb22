"""What nobody should forget about the settings: versions near their end, test codes that are on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from extensions.contract import Problem, Settings
from extensions.meta import vocabulary as meta
from extensions.meta.address import is_version, stage_code
from extensions.meta.values import as_text

_NOTICE = timedelta(days=meta.VERSION_NOTICE_DAYS)
_BY_NAME = {version.name: version for version in meta.API_VERSIONS}
_NEWEST = meta.API_VERSIONS[0]
_OLDEST = meta.API_VERSIONS[-1]


def advise(settings: Settings, today: date) -> Sequence[Problem]:
    """Return warnings about the chosen version of Meta's API on that day."""
    chosen = as_text(settings.get("apiVersion")) or meta.DEFAULT_API_VERSION
    return [Problem("apiVersion", words, "warning") for words in _about(chosen, today)]


def mark_action(settings: Settings) -> str:
    """Return the loud words for an action that sends test events; mostly none."""
    if not settings.get("isTestEvent"):
        return ""
    return f"Test event {as_text(settings.get('testEventCode')) or ''}".rstrip()


def mark_configuration(settings: Settings, stage: str) -> str:
    """Return the loud words for an environment whose every event is a test event; mostly none."""
    code = stage_code(settings, stage)
    return f"Every event is a test event: {code}" if code else ""


def _about(name: str, today: date) -> Iterator[str]:
    version = _BY_NAME.get(name)
    if version is not None:
        yield from _words(version, today)
    elif _is_old(name):
        yield f"{name} is older than any version Meta still serves. Choose {_NEWEST.name}."


def _is_old(name: str) -> bool:
    """Whether it is a version from before those that are known."""
    return is_version(name) and _numbers(name) < _numbers(_OLDEST.name)


def _numbers(name: str) -> tuple[int, ...]:
    return tuple(map(int, name.removeprefix("v").split(".")))


def _words(version: meta.ApiVersion, today: date) -> Iterator[str]:
    newer = f" Version {_NEWEST.name} is known." if version != _NEWEST else ""
    ends = version.ends or _earliest_end(version)
    day = f"{ends:%B} {ends.day}, {ends.year}"
    if version.ends is None and today >= ends - _NOTICE:
        yield f"Meta may end {version.name} from {day}. See whether a newer version is out."
    elif today >= ends:
        yield f"Meta's support of {version.name} ended on {day}. Choose a newer version.{newer}"
    elif today >= ends - _NOTICE:
        yield f"Meta ends {version.name} on {day}. Choose a newer version before.{newer}"
    elif newer:
        yield f"A newer version than {version.name} is known: {_NEWEST.name}."


def _earliest_end(version: meta.ApiVersion) -> date:
    released = version.released
    return released.replace(year=released.year + meta.VERSION_LASTS_YEARS)
