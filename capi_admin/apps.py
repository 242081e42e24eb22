"""The project as a Django app, so that it can hold commands."""

from django.apps import AppConfig


class CapiAdminConfig(AppConfig):
    """Holds `up`, the start-up checks and the style guide."""

    name = "capi_admin"
