"""The app as Django knows it."""

from django.apps import AppConfig


class CollectorConfig(AppConfig):
    """The public edge: takes events in and answers only when they are safe."""

    name = "collector"
