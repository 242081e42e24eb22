"""A property, its environments, and the datastreams that events are posted to."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.urls import reverse

from accounts.models import User
from rules import ids
from rules.models.datastreams import DatastreamCount

if TYPE_CHECKING:
    from rules.models.builds import Build


class PropertyQuerySet(models.QuerySet["Property"]):
    """Questions asked about properties."""

    def visible_to(self, user: User) -> Self:
        """Those the person may look at: all of them for an administrator."""
        if user.is_superuser:
            return self
        return self.filter(grants__user=user)


class Property(models.Model):
    """One site or app whose events are forwarded; owns everything below."""

    class Platform(models.TextChoices):
        EDGE = "edge", "Edge"

    public_id = models.CharField(max_length=34, unique=True, default=ids.property_id)
    name = models.CharField(max_length=120, unique=True)
    platform = models.CharField(max_length=10, choices=Platform, default=Platform.EDGE)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = PropertyQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name_plural = "properties"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The property's Overview."""
        return reverse("overview", args=[self.public_id])


class Environment(models.Model):
    """Where builds go and events are judged by them; points at the one build that is live."""

    class Stage(models.TextChoices):
        DEVELOPMENT = "development", "Development"
        STAGING = "staging", "Staging"
        PRODUCTION = "production", "Production"

    public_id = models.CharField(max_length=34, unique=True, default=ids.environment_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="environments")
    name = models.CharField(max_length=120)
    stage = models.CharField(max_length=12, choices=Stage)
    active_build: models.ForeignKey[Build | None, Build | None] = models.ForeignKey(
        "rules.Build", null=True, on_delete=models.RESTRICT, related_name="active_in"
    )
    activated_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stage__in=["development", "staging", "production"]),
                name="environment_stage_known",
            ),
            models.UniqueConstraint(fields=["property", "name"], name="environment_name_once"),
            models.UniqueConstraint(
                fields=["property", "stage"],
                condition=models.Q(stage__in=["staging", "production"]),
                name="one_staging_one_production",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Datastream(models.Model):
    """The public id that events are posted to; maps to one environment of one property."""

    public_id = models.CharField(max_length=34, unique=True, default=ids.datastream_id)
    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="datastreams"
    )
    name = models.CharField(max_length=120)
    enabled = models.BooleanField(default=True)
    # Exact origins a browser may post from; empty means any, which is right for trying things.
    allowed_origins = models.JSONField(default=list, blank=True)
    # Whether whoever names none of the allowed origins has to show a server key.
    requires_key = models.BooleanField(default=False, db_default=False)
    # Events a second in the long run, and at once; None: as many as the server bears.
    rate_limit = models.PositiveIntegerField(null=True, blank=True)
    burst = models.PositiveIntegerField(null=True, blank=True)
    daily_cap = models.PositiveBigIntegerField(null=True, blank=True)  # events per day in UTC
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def count_of(self, day: dt.date) -> int:
        """How many events it took on a day in UTC, as of a second ago."""
        counts = DatastreamCount.objects.filter(datastream_id=self.pk, day=day)
        total: int | None = counts.aggregate(total=models.Sum("events"))["total"]
        return total or 0
