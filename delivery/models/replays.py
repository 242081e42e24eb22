"""Replays: who sent what again, and what had become of it before.

A final outcome is history. Before a delivery goes on its way once more, the chain of attempts that
ended is written down here; the database lets it go in no other way.
"""

from __future__ import annotations

import builtins
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

import vault
from delivery.models.destinations import Destination
from delivery.models.events import _LOOSE
from delivery.models.sends import payload_context
from delivery.outcomes import DeliveryOutcome, EventOutcome
from rules.models import Build, Property


class Replay(models.Model):
    """One decision to send again: of one event, or of all that a filter finds."""

    class Choice(models.TextChoices):
        RECORDED = "recorded", "As recorded"
        AGAIN = "again", "Run again with the current build"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    property: models.ForeignKey[Property, Property] = models.ForeignKey(
        Property, on_delete=models.CASCADE, related_name="+"
    )
    # Of the form that asked for it: pressing its button twice asks once.
    token = models.UUIDField()
    part = models.PositiveSmallIntegerField(default=0)  # one for each destination
    choice = models.CharField(max_length=10, choices=Choice)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    query = models.TextField(blank=True)  # the filters, as the address of the log has them
    event_id = models.UUIDField(null=True)  # of a single event
    component = models.CharField(max_length=34, blank=True)  # of a single delivery
    destination: models.ForeignKey[Destination | None, Destination | None] = models.ForeignKey(
        Destination, null=True, **_LOOSE
    )
    # Events after the first id and up to the last one are looked at; `cursor` says how far.
    floor = models.UUIDField()
    until = models.UUIDField()
    cursor = models.UUIDField()
    with_delivered = models.BooleanField(default=False)
    may_count_twice = models.BooleanField(default=False)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    started = models.PositiveIntegerField(default=0)  # that went on their way again
    left_out = models.JSONField(default=dict)  # how many, by why
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=254)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "replay"
        constraints = [models.UniqueConstraint(fields=["token", "part"], name="replay_once")]
        indexes = [
            models.Index(fields=["property", "-id"], name="replay_by_property"),
            models.Index(
                fields=["id"], condition=models.Q(state="running"), name="replay_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Replay {self.pk}"

    def get_absolute_url(self) -> str:
        """Its page, with its progress."""
        return reverse("delivery:replay_run", args=[self.property.public_id, self.pk])

    @builtins.property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.state == self.State.RUNNING


class ReplayedEvent(models.Model):
    """What had become of an event before a replay."""

    pk = models.CompositePrimaryKey("event_id", "number")
    event_id = models.UUIDField()
    number = models.PositiveSmallIntegerField()  # 1 is the first time it was handled
    replay = models.ForeignKey(Replay, **_LOOSE)
    choice = models.CharField(max_length=10, choices=Replay.Choice)
    replayed_at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(max_length=16, choices=EventOutcome)
    reason = models.CharField(max_length=120, blank=True)
    build: models.ForeignKey[Build | None, Build | None] = models.ForeignKey(
        Build, null=True, **_LOOSE
    )
    evaluated_at = models.DateTimeField(null=True)
    refusals = models.JSONField(default=list)

    class Meta:
        db_table = "replayed_event"

    def __str__(self) -> str:
        return f"{self.event_id.hex} {self.number}"


class ReplayedDelivery(models.Model):
    """A chain of attempts that had ended before a replay began another."""

    pk = models.CompositePrimaryKey("event_id", "component", "number")
    event_id = models.UUIDField()
    component = models.CharField(max_length=34)
    number = models.PositiveSmallIntegerField()
    replay = models.ForeignKey(Replay, **_LOOSE)
    replayed_at = models.DateTimeField(db_default=Now())
    rule = models.CharField(max_length=34)
    destination = models.ForeignKey(Destination, **_LOOSE)
    name = models.CharField(max_length=255)
    dedup_id = models.CharField(max_length=255)
    outcome = models.CharField(max_length=10, choices=DeliveryOutcome)
    reason = models.CharField(max_length=120, blank=True)
    title = models.CharField(max_length=255, blank=True)
    explanation = models.TextField(blank=True)
    help_url = models.CharField(max_length=255, blank=True)
    notices = models.JSONField(default=list)
    attempt_ids = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Only where another one took its place: what is sent as recorded is still the delivery's own.
    payload = models.BinaryField(null=True)

    class Meta:
        db_table = "replayed_delivery"

    def __str__(self) -> str:
        return f"{self.event_id.hex} {self.component} {self.number}"

    def open(self) -> dict[str, Any]:
        """Return the payload that was sent then, where it differs from the delivery's own.

        Raises:
            vault.CannotOpen: its key has left the ring, or it is not kept.
        """
        if self.payload is None:
            raise vault.CannotOpen("It is not kept.")
        opened: dict[str, Any] = vault.unpack(
            settings.KEY_RING, bytes(self.payload), payload_context(self.event_id, self.component)
        )
        return opened
