"""Builds: the compiled, immutable outcome of a library on its upstream."""

from __future__ import annotations

import builtins

from django.db import models
from django.urls import reverse

from accounts.models import User
from rules import ids
from rules.models.libraries import Library
from rules.models.properties import Environment, Property


class Build(models.Model):
    """One build. Its document never changes once it has succeeded; the database sees to it."""

    class Status(models.TextChoices):
        PENDING = "pending", "Pending"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"

    class Step(models.TextChoices):
        QUEUED = "queued", "Waiting for a worker"
        COLLECTING = "collecting", "Collecting resources"
        CHECKING = "checking", "Checking settings and references"
        COMPILING = "compiling", "Compiling rules"
        ACTIVATING = "activating", "Making it live"
        DONE = "done", "Done"

    public_id = models.CharField(max_length=34, unique=True, default=ids.build_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="builds")
    library = models.ForeignKey(
        Library, null=True, on_delete=models.SET_NULL, related_name="builds"
    )
    library_name = models.CharField(max_length=120)
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="builds")
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    step = models.CharField(max_length=12, choices=Step, default=Step.QUEUED)
    document = models.BinaryField(null=True)  # canonical JSON; what workers compile and run
    content_hash = models.CharField(max_length=64, blank=True)
    problems = models.JSONField(default=list)  # findings, as `rules.engine.Finding` has them
    # What nobody should forget while it is live, as `rules.engine.Mark` has it.
    marks = models.JSONField(default=list, db_default=[])
    # What the collector keeps of a visitor's request for it, as `extensions.needs` writes it.
    needs = models.JSONField(default=list, db_default=[])
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(status="pending"),
                name="pending_builds",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status__in=["pending", "succeeded", "failed"]),
                name="build_status_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="succeeded") | models.Q(document__isnull=False),
                name="succeeded_build_has_document",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.library_name} → {self.environment}"

    def get_absolute_url(self) -> str:
        """The build's screen."""
        return reverse("rules:build", args=[self.property.public_id, self.public_id])

    @builtins.property
    def is_live(self) -> bool:
        """Whether it is what its environment runs now."""
        return self.environment.active_build_id == self.pk

    @builtins.property
    def loud_words(self) -> list[str]:
        """The words of its marks, each once."""
        return list(dict.fromkeys(mark["words"] for mark in self.marks))
