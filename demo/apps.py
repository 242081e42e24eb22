"""The app as Django knows it."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demo property and its shop."""

    name = "demo"
