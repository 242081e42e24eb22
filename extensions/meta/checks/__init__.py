"""What a schema cannot say about settings, in the words a form shows beside its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from extensions.contract import Problem, Settings
from extensions.meta.checks import commerce, configuration, event, people, sources

__all__ = ["check_action", "check_configuration"]

_CHECKS: tuple[Callable[[Settings], Iterator[Problem]], ...] = (
    *event.CHECKS,
    *sources.CHECKS,
    *people.CHECKS,
    *commerce.CHECKS,
)


def check_configuration(settings: Settings) -> Sequence[Problem]:
    """Find what is wrong with the settings of the extension."""
    return list(configuration.check(settings))


def check_action(settings: Settings) -> Sequence[Problem]:
    """Find what is wrong with the settings of the action."""
    return [problem for check in _CHECKS for problem in check(settings)]
