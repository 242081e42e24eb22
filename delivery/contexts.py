"""What sealed bodies are bound to, for those who seal them without the tables at hand."""

from __future__ import annotations

import uuid


def body_context(event_id: uuid.UUID) -> str:
    """What an event's sealed body is bound to."""
    return f"event:{event_id.hex}"
