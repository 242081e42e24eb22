"""The panel that tries an extension, for a page of a room that knows nothing of networks."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from delivery.views import connection

register = template.Library()


@register.inclusion_tag(connection.TEMPLATE, takes_context=True)
def connection_panel(context: Context) -> dict[str, Any]:
    """Draw the panel for the page's ``package`` and ``extension``, with its ``trial`` if any."""
    return connection.panel(
        context["request"], context["package"], context["extension"], context.get("trial")
    )
