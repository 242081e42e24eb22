"""The least that Meta needs to find a person; with less it refuses the whole request.

Source: customer information parameters, "too broad" combinations (error 2804050).
"""

from __future__ import annotations

from collections.abc import Collection

_TOO_BROAD: tuple[frozenset[str], ...] = (
    frozenset({"ct", "country", "st", "zp", "ge", "client_user_agent"}),
    frozenset({"db", "client_user_agent"}),
    frozenset({"fn", "ge"}),
    frozenset({"ln", "ge"}),
)

# Sent by some integrations, documented nowhere: they cannot be what makes an event match.
_NOT_COUNTED = frozenset({"partner_id", "partner_name"})


_WEAK = _NOT_COUNTED.union(*_TOO_BROAD)


def is_too_broad(keys: Collection[str]) -> bool:
    """Whether the keys of `user_data`, after normalising, cannot point at one person."""
    if not _WEAK.issuperset(keys):
        return False  # some key stands in none of the combinations
    counted = frozenset(keys) - _NOT_COUNTED
    return any(counted <= broad for broad in _TOO_BROAD)
