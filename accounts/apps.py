"""The app as Django knows it."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People: users, rights per property, the audit log."""

    name = "accounts"
