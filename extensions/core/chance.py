"""Chance without randomness: the same words always draw the same number."""

from __future__ import annotations

import hashlib

from extensions.core.texts import encodable

PARTS = 2**64  # what is drawn is evenly spread over 0 to PARTS - 1


def drawn(purpose: str, salt: str, key: str) -> int:
    """Draw a number for a key. Another purpose or salt draws one that has nothing to do with it."""
    words = encodable(f"{purpose}\0{salt}\0{key}").encode()
    return int.from_bytes(hashlib.sha256(words).digest()[:8])
