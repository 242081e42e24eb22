"""What the editors offer beside a form: a recent event to browse, or to try the form on."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from rules.forms.settings import SettingsForm

EVENT_PATHS = "event-paths"  # the hint of a field that takes the path of a value in an event


def recent_context(form: SettingsForm | None) -> dict[str, Any]:
    """Return the fields that a path goes into, and whether the form's code would not run here."""
    fields = form.setting_fields if form else []
    has_code = any("language" in field.ui for field in fields)
    return {
        "browsable": [field.path for field in fields if field.ui.get("browse") == EVENT_PATHS],
        "code_is_off": has_code and not settings.CUSTOM_CODE,
    }
