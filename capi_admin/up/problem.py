"""The one error of this package: a start that cannot go on, told in one line."""

from __future__ import annotations


class CannotStart(Exception):
    """The start must end. The message is one line for the person who typed the command."""
