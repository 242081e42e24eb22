"""The app as Django knows it."""

from django.apps import AppConfig


class DeliveryConfig(AppConfig):
    """What happened: events, deliveries, attempts."""

    name = "delivery"
