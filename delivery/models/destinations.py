"""Destinations: everything a request shares, as events brought it up, and whether it is open."""

from __future__ import annotations

from django.conf import settings
from django.db import models

import vault
from rules.models import Environment


class Destination(models.Model):
    """One address (for Meta: pixel, token, API version, test code) of one environment."""

    environment = models.ForeignKey(
        Environment, on_delete=models.CASCADE, related_name="destinations"
    )
    package = models.CharField(max_length=120)
    key = models.BinaryField(max_length=16)  # keyed hash of package and address
    place = models.BinaryField(max_length=16)  # the same without the credentials
    label = models.CharField(max_length=120)
    # A few loud words for what nobody should forget, such as that its events are tests.
    mark = models.CharField(max_length=120, blank=True, default="", db_default="")
    sealed_address = models.BinaryField()
    failures = models.PositiveIntegerField(default=0)  # in a row; too many hold it
    # What became of the requests of this minute; too many failures among them hold it as well.
    minute_began_at = models.DateTimeField(null=True)
    minute_requests = models.PositiveIntegerField(default=0, db_default=0)
    minute_failures = models.PositiveIntegerField(default=0, db_default=0)
    # Single deliveries it refused since it last took one; too many hold it too.
    refusals = models.PositiveIntegerField(default=0, db_default=0)
    held_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField(null=True)  # then one batch tries whether it is well again
    hold_reason = models.CharField(max_length=120, blank=True)
    hold_title = models.CharField(max_length=255, blank=True)
    hold_explanation = models.TextField(blank=True)
    hold_count = models.PositiveIntegerField(default=0)  # in a row; sets how long the next lasts
    rest_until = models.DateTimeField(null=True)  # a pause the destination itself asked for
    last_served_at = models.DateTimeField(null=True)
    last_delivered_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "destination"
        constraints = [
            models.UniqueConstraint(fields=["environment", "key"], name="destination_once")
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def is_held(self) -> bool:
        """Whether its deliveries wait."""
        return self.held_at is not None

    def address(self) -> dict[str, str]:
        """Return the address, its credentials still sealed or references to secrets."""
        opened: dict[str, str] = vault.unpack(
            settings.KEY_RING, bytes(self.sealed_address), self.address_context(bytes(self.key))
        )
        return opened

    @staticmethod
    def address_context(key: bytes) -> str:
        """What a sealed address is bound to."""
        return f"destination:{key.hex()}"
