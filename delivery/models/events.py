"""Events: what came in. The row tells of it; the body, sealed, stands beside it."""

from __future__ import annotations

import builtins
import uuid
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse

import vault
from delivery.contexts import body_context
from delivery.outcomes import EventOutcome
from rules.models import Build, Datastream, Environment, Property

# Every table of the log is partitioned by day of its time-ordered id, and has no foreign keys
# in the database: a partition is dropped whole, and a key would make that slow or impossible.
_LOOSE: dict[str, Any] = {
    "on_delete": models.DO_NOTHING,
    "db_constraint": False,
    "db_index": False,
    "related_name": "+",
}


class EventQuerySet(models.QuerySet["Event"]):
    """Questions asked about events."""

    def of(self, property_: Property) -> Self:
        """Those of a property, newest first."""
        return self.filter(property=property_).order_by("-id")

    def older_than(self, event_id: uuid.UUID) -> Self:
        """Those that came before the given one."""
        return self.filter(id__lt=event_id)

    def newer_than(self, event_id: uuid.UUID) -> Self:
        """Those that came after the given one."""
        return self.filter(id__gt=event_id)


class Event(models.Model):
    """One event that was answered 2xx."""

    id = models.UUIDField(primary_key=True)
    property: models.ForeignKey[Property, Property] = models.ForeignKey(Property, **_LOOSE)
    environment = models.ForeignKey(Environment, **_LOOSE)
    datastream = models.ForeignKey(Datastream, **_LOOSE)
    client_id = models.CharField(max_length=255, blank=True)  # the id its sender gave it
    name = models.CharField(max_length=255, blank=True)
    received_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=EventOutcome, default=EventOutcome.RECEIVED)
    reason = models.CharField(max_length=120, blank=True)
    build: models.ForeignKey[Build | None, Build | None] = models.ForeignKey(
        Build, null=True, **_LOOSE
    )
    # The stored moment of evaluation: the explanation is the engine run again with it.
    evaluated_at = models.DateTimeField(null=True)
    # Actions that fired but might not send: [{component, rule, code, message, notices}].
    refusals = models.JSONField(default=list)
    # Keyed hashes of the hashed identifiers that were sent, so a person's events can be found.
    person_hashes = ArrayField(models.BinaryField(), default=list)

    objects = EventQuerySet.as_manager()

    class Meta:
        db_table = "event"
        indexes = [models.Index(fields=["property", "-id"], name="event_log")]

    def __str__(self) -> str:
        return f"{self.name or 'event'} {self.id.hex}"

    def get_absolute_url(self) -> str:
        """The event's page in the log."""
        return reverse("delivery:event", args=[self.property.public_id, self.id.hex])

    @builtins.property
    def is_live(self) -> bool:
        """Whether more is to come."""
        return self.outcome in {EventOutcome.RECEIVED, EventOutcome.EVALUATED}


class EventBody(models.Model):
    """The event as it came: ``{"event": {xdm, data}, "request": {ip, userAgent, …}}``, sealed."""

    event_id = models.UUIDField(primary_key=True)
    body = models.BinaryField()

    class Meta:
        db_table = "event_body"

    def __str__(self) -> str:
        return f"body of {self.event_id.hex}"

    def open(self) -> dict[str, Any]:
        """Return the body.

        Raises:
            vault.CannotOpen: its key has left the ring.
        """
        opened: dict[str, Any] = vault.unpack(
            settings.KEY_RING, bytes(self.body), body_context(self.event_id)
        )
        return opened


class QueuedEvent(models.Model):
    """An event that waits to be evaluated. Small, so that the queue does not bloat."""

    event_id = models.UUIDField(primary_key=True)
    environment_id = models.BigIntegerField()
    next_at = models.DateTimeField()
    claims = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)

    class Meta:
        db_table = "event_queue"
        indexes = [
            models.Index(
                fields=["environment_id", "next_at", "event_id"],
                condition=models.Q(lease_token__isnull=True),
                name="event_queue_fair",
            ),
            models.Index(
                fields=["lease_until"],
                condition=models.Q(lease_token__isnull=False),
                name="event_queue_leased",
            ),
        ]

    def __str__(self) -> str:
        return self.event_id.hex
