"""Who did what, when. Rows are only ever added; the database refuses anything else."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One change a person made. Holds names and ids, never settings, so never a secret."""

    at = models.DateTimeField(auto_now_add=True)
    # Plain values, not foreign keys: an entry outlives the person and the property it tells of.
    actor_id = models.BigIntegerField(null=True)
    actor = models.CharField(max_length=254)
    property_id = models.CharField(max_length=34, blank=True)
    action = models.CharField(max_length=60)  # rule.created, build.requested
    object_id = models.CharField(max_length=34, blank=True)
    object_name = models.CharField(max_length=255, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["property_id", "-id"], name="audit_by_property")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.object_name}"
