"""The app as Django knows it."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings

from delivery import guarding


class DeliveryConfig(AppConfig):
    """What happened: events, deliveries, attempts."""

    name = "delivery"

    def ready(self) -> None:
        """Read what has to be right before anything is sent."""
        guarding.allowed(tuple(settings.FETCH_ALLOWED))
