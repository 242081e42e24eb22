"""Revisions: numbered copies of a resource that never change."""

from __future__ import annotations

import builtins

from django.db import models

from accounts.models import User
from rules.models.properties import Property
from rules.models.resources import DataElement, Extension, Resource, Rule


class Revision(models.Model):
    """An immutable copy of one resource. The database refuses to change its content."""

    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="revisions")
    extension = models.ForeignKey(
        Extension, null=True, on_delete=models.CASCADE, related_name="revisions"
    )
    data_element = models.ForeignKey(
        DataElement, null=True, on_delete=models.CASCADE, related_name="revisions"
    )
    rule = models.ForeignKey(Rule, null=True, on_delete=models.CASCADE, related_name="revisions")
    resource_id = models.CharField(max_length=34)  # the head's public id
    kind = models.CharField(
        max_length=12,
        choices=[(head.KIND, head.KIND_LABEL) for head in (Extension, DataElement, Rule)],
    )
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["resource_id", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["resource_id", "number"], name="revision_number_once"),
            models.CheckConstraint(
                name="revision_of_one_resource",
                condition=(
                    models.Q(kind="extension", extension__isnull=False)
                    & models.Q(data_element__isnull=True, rule__isnull=True)
                )
                | (
                    models.Q(kind="data_element", data_element__isnull=False)
                    & models.Q(extension__isnull=True, rule__isnull=True)
                )
                | (
                    models.Q(kind="rule", rule__isnull=False)
                    & models.Q(extension__isnull=True, data_element__isnull=True)
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} (Revision {self.number})"

    @builtins.property
    def head(self) -> Resource:
        """The resource this is a copy of."""
        head: Resource = getattr(self, self.kind)
        return head
