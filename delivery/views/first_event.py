"""A command to copy that sends the first event."""

from __future__ import annotations

from django.conf import settings

from rules.models import Datastream, Property

_COMMAND = """curl {collector}/v1/events/{datastream} \\
  -H 'Content-Type: application/json' \\
  -d '{{
    "xdm": {{"eventType": "web.webpagedetails.pageViews"}},
    "data": {{"page": "https://www.example.com/", "email": "jane.doe@example.com"}}
  }}'"""


def first_event(property_: Property) -> str:
    """Return a curl command for the property's first datastream, which is Development's."""
    datastream = (
        Datastream.objects.filter(environment__property=property_, enabled=True)
        .order_by("environment_id", "id")
        .first()
    )
    if datastream is None:
        return ""
    return _COMMAND.format(collector=settings.COLLECTOR_URL, datastream=datastream.public_id)
