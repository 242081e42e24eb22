"""How addresses spell a public id; anything else in its place is simply not found."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class PublicId(StringConverter):
    """Two capital letters and 32 hex digits."""

    regex = "[A-Z]{2}[0-9a-f]{32}"


register_converter(PublicId, "public_id")
