"""Libraries: the set of revisions that moves Development → Submitted → Approved → Published."""

from __future__ import annotations

import builtins
from typing import Self

from django.db import models
from django.urls import reverse

from accounts.models import User
from rules import ids
from rules.models.properties import Environment, Property
from rules.models.revisions import Revision


class LibraryQuerySet(models.QuerySet["Library"]):
    """Questions asked about libraries."""

    def open(self) -> Self:
        """Those not yet published."""
        return self.exclude(state=Library.State.PUBLISHED)

    def editable(self) -> Self:
        """Those that may still take changes."""
        return self.filter(state=Library.State.DEVELOPMENT)


class Library(models.Model):
    """A set of revisions on its way to production: a delta over its upstream."""

    class State(models.TextChoices):
        DEVELOPMENT = "development", "Development"
        SUBMITTED = "submitted", "Submitted"
        APPROVED = "approved", "Approved"
        PUBLISHED = "published", "Published"

    public_id = models.CharField(max_length=34, unique=True, default=ids.library_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="libraries")
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State, default=State.DEVELOPMENT)
    # The environment it is built to in its present state; none while it waits.
    environment = models.ForeignKey(
        Environment, null=True, blank=True, on_delete=models.SET_NULL, related_name="libraries"
    )
    revisions: models.ManyToManyField[Revision, LibraryRevision] = models.ManyToManyField(
        Revision, through="LibraryRevision", related_name="in_libraries"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    objects = LibraryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name_plural = "libraries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["development", "submitted", "approved", "published"]),
                name="library_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="published", published_at__isnull=False)
                | (~models.Q(state="published") & models.Q(published_at__isnull=True)),
                name="published_library_has_time",
            ),
            models.UniqueConstraint(
                fields=["environment"],
                condition=~models.Q(state="published"),
                name="environment_held_by_one_library",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The library's screen."""
        return reverse("rules:library", args=[self.property.public_id, self.public_id])

    @builtins.property
    def is_editable(self) -> bool:
        """Whether its resources may change: only in Development."""
        return self.state == self.State.DEVELOPMENT


class LibraryRevision(models.Model):
    """A revision that a library holds; at most one of each resource."""

    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="entries")
    revision = models.ForeignKey(Revision, on_delete=models.RESTRICT, related_name="entries")
    resource_id = models.CharField(max_length=34)
    added_at = models.DateTimeField(auto_now_add=True)
    added_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["library", "resource_id"], name="one_revision_per_resource"
            )
        ]

    def __str__(self) -> str:
        return f"{self.library}: {self.revision}"


class WorkingLibrary(models.Model):
    """The library a person has picked in the top bar of a property."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="+")
    library = models.ForeignKey(Library, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "property"], name="one_working_library_per_property"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user} works in {self.library}"
