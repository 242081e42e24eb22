"""The app as Django knows it."""

from django.apps import AppConfig


class RulesConfig(AppConfig):
    """Authoring: from properties to builds."""

    name = "rules"
