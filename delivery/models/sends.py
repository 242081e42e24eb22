"""Deliveries and attempts: what is owed to a destination, and what was tried."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

import vault
from delivery.models.destinations import Destination
from delivery.models.events import _LOOSE
from delivery.outcomes import DeliveryOutcome


def payload_context(event_id: uuid.UUID, component: str) -> str:
    """What a sealed payload is bound to."""
    return f"delivery:{event_id.hex}:{component}"


def answer_context(event_id: uuid.UUID, component: str) -> str:
    """What a sealed answer is bound to."""
    return f"answer:{event_id.hex}:{component}"


def response_context(attempt_id: uuid.UUID) -> str:
    """What an attempt's sealed response is bound to."""
    return f"attempt:{attempt_id.hex}"


class Delivery(models.Model):
    """One payload owed to one destination; unique per event and action."""

    pk = models.CompositePrimaryKey("event_id", "component")
    event_id = models.UUIDField()
    component = models.CharField(max_length=34)  # public id of the action
    rule = models.CharField(max_length=34)
    destination = models.ForeignKey(Destination, **_LOOSE)
    name = models.CharField(max_length=255)  # the event name sent
    dedup_id = models.CharField(max_length=255)
    outcome = models.CharField(
        max_length=10, choices=DeliveryOutcome, default=DeliveryOutcome.PENDING
    )
    reason = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=255, blank=True)
    explanation = models.TextField(blank=True)
    help_url = models.CharField(max_length=255, blank=True)
    notices = models.JSONField(default=list)  # [{code, field, message}], no values
    attempt_ids = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "delivery"
        verbose_name_plural = "deliveries"

    def __str__(self) -> str:
        return f"{self.name} of {self.event_id.hex}"


class DeliveryBody(models.Model):
    """The payload, sealed. Already hashed, and still about a person."""

    pk = models.CompositePrimaryKey("event_id", "component")
    event_id = models.UUIDField()
    component = models.CharField(max_length=34)
    payload = models.BinaryField()

    class Meta:
        db_table = "delivery_body"

    def __str__(self) -> str:
        return f"payload of {self.event_id.hex}"

    def open(self) -> dict[str, Any]:
        """Return the payload.

        Raises:
            vault.CannotOpen: its key has left the ring.
        """
        opened: dict[str, Any] = vault.unpack(
            settings.KEY_RING, bytes(self.payload), payload_context(self.event_id, self.component)
        )
        return opened


class DeliveryAnswer(models.Model):
    """What an awaited delivery brought back for the rule that waits, sealed; see `answering`."""

    pk = models.CompositePrimaryKey("event_id", "component")
    event_id = models.UUIDField()
    component = models.CharField(max_length=34)
    answer = models.BinaryField()

    class Meta:
        db_table = "delivery_answer"

    def __str__(self) -> str:
        return f"answer for {self.event_id.hex}"


class QueuedDelivery(models.Model):
    """A delivery that is not final. Retry times live here, never in a broker."""

    pk = models.CompositePrimaryKey("event_id", "component")
    event_id = models.UUIDField()
    component = models.CharField(max_length=34)
    destination_id = models.BigIntegerField()
    next_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    ambiguous_at = models.DateTimeField(null=True)  # first time the answer was lost
    claims = models.PositiveSmallIntegerField(default=0)
    # Claims that were taken back although their request may have been sent.
    spared = models.PositiveSmallIntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    batch_hint = models.UUIDField(null=True)  # half of a refused batch: sent apart from others
    # Its rule waits for the answer, whichever it is.
    awaited = models.BooleanField(default=False, db_default=False)

    class Meta:
        db_table = "delivery_queue"
        indexes = [
            models.Index(
                fields=["destination_id", "next_at"],
                condition=models.Q(lease_token__isnull=True),
                name="delivery_queue_due",
            ),
            models.Index(
                fields=["destination_id", "lease_token"],
                condition=models.Q(lease_token__isnull=False),
                name="delivery_queue_leased",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_id.hex} {self.component}"


class Attempt(models.Model):
    """One request to a destination. Open until its answer is known; left open, it is unknown."""

    class Outcome(models.TextChoices):
        OPEN = "open", "In flight"
        DELIVERED = "delivered", "Delivered"
        RETRY = "retry", "To be sent again"
        HOLD = "hold", "Destination held"
        REJECTED = "rejected", "Rejected"
        UNKNOWN = "unknown", "Answer unknown"

    id = models.UUIDField(primary_key=True)
    destination = models.ForeignKey(Destination, **_LOOSE)
    event_count = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    reason = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=255, blank=True)
    http_status = models.PositiveSmallIntegerField(null=True)
    trace_id = models.CharField(max_length=120, blank=True)
    response = models.BinaryField(null=True)  # the body as it came, bounded and sealed

    class Meta:
        db_table = "attempt"

    def __str__(self) -> str:
        return f"{self.outcome} {self.id.hex}"

    def open_response(self) -> Any:
        """Return the destination's answer: JSON, or text where it was not JSON; None if none.

        Raises:
            vault.CannotOpen: its key has left the ring.
        """
        if self.response is None:
            return None
        return vault.unpack(settings.KEY_RING, bytes(self.response), response_context(self.id))
