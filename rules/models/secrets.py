"""Secrets: values that are written once, sealed, and never shown again."""

from __future__ import annotations

import builtins

from django.conf import settings
from django.db import models

import vault
from rules import ids
from rules.models.properties import Environment, Property


class Secret(models.Model):
    """An encrypted value that belongs to one environment, for life."""

    class Kind(models.TextChoices):
        TOKEN = "token", "Token"

    public_id = models.CharField(max_length=34, unique=True, default=ids.secret_id)
    property = models.ForeignKey(Property, on_delete=models.CASCADE, related_name="secrets")
    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=120)
    kind = models.CharField("Type", max_length=20, choices=Kind, default=Kind.TOKEN)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["property", "name"], name="secret_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    def seal(self, value: str) -> None:
        """Put a new value in place of the old one. The caller saves."""
        self.sealed = vault.seal_text(settings.KEY_RING, value, self.public_id)

    def open(self) -> str:
        """Return the value, for the one moment a request is made with it.

        Raises:
            vault.CannotOpen: its key has left the ring.
        """
        return vault.open_text(settings.KEY_RING, self.sealed, self.public_id)

    @builtins.property
    def masked(self) -> str:
        """What a person may see of it."""
        return vault.mask(self.sealed)
