"""The project as a Django app, so that it can hold commands."""

from django.apps import AppConfig
from django.conf import settings


class CapiAdminConfig(AppConfig):
    """Holds `up`, the start-up checks and the style guide."""

    name = "capi_admin"

    def ready(self) -> None:
        """Register the checks, where there is something to check: not under `up` itself."""
        if hasattr(settings, "KEY_RING"):
            from capi_admin import checks  # noqa: F401 - importing it registers them
