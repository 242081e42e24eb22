"""``{{Data Element}}`` tokens in settings: find them, tell a whole one from an embedded one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"\{\{([^{}]+)\}\}")


def names_in(value: Any) -> Iterator[str]:
    """Yield the name in every token of a setting, nested values included, in order."""
    if isinstance(value, str):
        if "{{" not in value:  # as most texts of a build, which is looked through many times
            return
        for match in TOKEN.finditer(value):
            yield match[1].strip()
    elif isinstance(value, dict):
        for item in value.values():
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from names_in(item)


def whole_token(value: Any) -> str | None:
    """Return the name when the setting is exactly one token, else None."""
    match = TOKEN.fullmatch(value.strip()) if isinstance(value, str) else None
    return match[1].strip() if match else None
