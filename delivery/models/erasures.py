"""Erasures: whose data is to go, known by keyed hashes alone, and how far that has come."""

from __future__ import annotations

import builtins

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.urls import reverse

from rules.models import Property


class Erasure(models.Model):
    """One request to find, and then to erase, what is stored about a person."""

    class State(models.TextChoices):
        LOOKING = "looking", "Looking"
        FOUND = "found", "Waiting for a decision"
        ERASING = "erasing", "Erasing"
        DONE = "done", "Done"
        STOPPED = "stopped", "Stopped"

    property: models.ForeignKey[Property, Property] = models.ForeignKey(
        Property, on_delete=models.CASCADE, related_name="+"
    )
    token = models.UUIDField(unique=True)  # of the form that asked for it
    state = models.CharField(max_length=10, choices=State, default=State.LOOKING)
    # Keyed hashes of the identifiers; the identifiers themselves are stored nowhere. They go, too,
    # when it is over.
    needles = ArrayField(models.BinaryField(), default=list)
    given = models.JSONField(default=list)  # which kinds of identifiers, such as "email"
    floor = models.UUIDField()  # the oldest event there was
    until = models.UUIDField()  # the newest one
    cursor = models.UUIDField()
    looked_at = models.PositiveIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)
    unreadable = models.PositiveIntegerField(default=0)  # whose content could not be opened
    erased = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    created_by = models.CharField(max_length=254)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "erasure"
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["looking", "erasing"]),
                name="erasure_under_way",
            )
        ]

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    def get_absolute_url(self) -> str:
        """Its page, with its progress."""
        return reverse("delivery:erasure", args=[self.property.public_id, self.pk])

    @builtins.property
    def is_running(self) -> bool:
        """Whether it goes on by itself."""
        return self.state in {self.State.LOOKING, self.State.ERASING}

    @builtins.property
    def percent(self) -> int:
        """How far through the log it has looked, by time."""
        whole = (self.until.int >> 80) - (self.floor.int >> 80)
        come = (self.cursor.int >> 80) - (self.floor.int >> 80)
        return min(100, 100 * max(come, 0) // whole) if whole > 0 else 100


class ErasureMatch(models.Model):
    """An event that tells of the person, until it is erased."""

    pk = models.CompositePrimaryKey("erasure_id", "event_id")
    erasure = models.ForeignKey(
        Erasure, on_delete=models.CASCADE, related_name="matches", db_index=False
    )
    event_id = models.UUIDField()

    class Meta:
        db_table = "erasure_match"

    def __str__(self) -> str:
        return self.event_id.hex
