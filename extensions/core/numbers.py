"""Numbers in settings: a form gives them as text."""

from __future__ import annotations

import math

from extensions.contract import JSON
from extensions.core.javascript import is_number, to_number


def number_in(setting: JSON) -> float | None:
    """Return the finite number a setting is or spells; None when it is none.

    Blank text is none here, though JavaScript reads it as 0.
    """
    if isinstance(setting, str):
        number = to_number(setting) if setting.strip() else math.nan
        return number if math.isfinite(number) else None
    return setting if is_number(setting) else None
