"""Check settings against a delegate's or package's schema, in words for the person at the form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast

from jsonschema import Draft202012Validator, ValidationError

from extensions.accepting import Accepts, acceptor
from extensions.contract import JSON, Delegate, Package, Problem, Settings

_DEEPEST = 100  # levels; no form makes a tenth of them, and Python's stack holds ten times as many


def problems_in(described: Delegate | Package, settings: Settings) -> list[Problem]:
    """Return everything wrong with the settings: first by schema, then by the package's own eye.

    Its own checks run only on settings of the right shape, so they may rely on it.
    """
    if problems := too_deep(settings):
        return problems
    # The schema reports a missing setting once for each one that is missing with it.
    problems = list(dict.fromkeys(_schema_problems(described, settings)))
    if any(problem.severity == "error" for problem in problems):
        return problems
    return [*problems, *described.check(settings)]


def too_deep(settings: Settings) -> list[Problem]:
    """Return what is nested so far that whoever walks it by recursion would fall over it."""
    return list(_too_deep(settings))


def _too_deep(settings: Settings) -> Iterator[Problem]:
    for name, value in settings.items():
        if not isinstance(value, Mapping | list | tuple):
            continue  # as nearly all are
        level = [value]
        for _ in range(_DEEPEST + 1):
            level = [inner for outer in level for inner in _members(outer)]
            if not level:
                break
        else:
            words = f"Please nest objects and lists at most {_DEEPEST} levels deep."
            yield Problem(str(name), words)


def _members(value: JSON) -> Iterable[JSON]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _schema_problems(described: Delegate | Package, settings: Settings) -> Iterator[Problem]:
    if _acceptor(described)(settings):
        return
    for error in _validator(described).iter_errors(dict(settings)):
        if error.validator == "required":
            for name in _missing(error):
                yield Problem(_path(error, name), required_message(error.schema, name))
        else:
            yield Problem(_path(error), _message(error))


@lru_cache(maxsize=256)
def _validator(described: Delegate | Package) -> Draft202012Validator:
    return Draft202012Validator(dict(described.schema))


@lru_cache(maxsize=256)
def _acceptor(described: Delegate | Package) -> Accepts:
    return acceptor(described.schema)


def _missing(error: ValidationError) -> Sequence[str]:
    required, instance = cast(list[str], error.validator_value), cast(Settings, error.instance)
    return [name for name in required if name not in instance]


def _path(error: ValidationError, *more: str) -> str:
    return ".".join(str(part) for part in (*error.absolute_path, *more))


def required_message(schema: Any, name: str) -> str:
    """Return what a person reads when a required setting is missing."""
    field = schema.get("properties", {}).get(name, {})
    own = field.get("ui", {}).get("error")
    return str(own or f"Please specify {field.get('title', name)}.")


_MESSAGES: dict[str, str] = {
    "minLength": "This may not be empty.",
    "type": "This value is of the wrong kind.",
    "additionalProperties": "There is a setting here that is not known.",
    "pattern": "This value does not have the expected form.",
}


def _message(error: ValidationError) -> str:
    schema: Any = error.schema
    own = schema.get("ui", {}).get("error") if isinstance(schema, dict) else None
    if own:
        return str(own)
    if error.validator == "enum":
        return "Choose one of the offered values."
    if error.validator == "maxLength":
        return f"This may have at most {error.validator_value} characters."
    return _MESSAGES.get(str(error.validator), "This value is not valid.")
