"""Write the audit log."""

from __future__ import annotations

from accounts.models import AuditEntry, User

SYSTEM = "system"


def record(
    actor: User | None,
    action: str,
    *,
    property_id: str = "",
    object_id: str = "",
    name: str = "",
    **detail: str | int | bool,
) -> None:
    """Add an entry. `detail` takes names, ids and counts; settings and values stay out."""
    AuditEntry.objects.create(
        actor_id=actor.pk if actor else None,
        actor=actor.email if actor else SYSTEM,
        action=action,
        property_id=property_id,
        object_id=object_id,
        object_name=name[:255],
        detail=detail,
    )
