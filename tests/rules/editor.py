"""The editors as a test uses them: a browser in one property, without JavaScript."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from rules.models import Property
from tests.rules.making import COMPARISON, CONSTANT

COMPARE = {
    "delegate": COMPARISON,
    "logic": "regular",
    "leftOperand": "{{Event Type}}",
    "doubts_seen": "missing|Event Type",
    "comparison.operator": "equals",
    "rightOperand": "purchase",
}


class Editor:
    """A browser in one property."""

    def __init__(self, client: Client, property_: Property) -> None:
        self.client = client
        self.property = property_

    def url(self, view: str, *arguments: object) -> str:
        return reverse(f"rules:{view}", args=[self.property.public_id, *arguments])

    def get(self, url: str) -> Any:
        return self.client.get(url)

    def post(self, url: str, data: dict[str, Any]) -> Any:
        return self.client.post(url, data)

    def new_rule(self, **posted: Any) -> Any:
        return self.post(self.url("new_rule"), {"name": "Rule", "enabled": "on", **posted})

    def new_element(self, **posted: Any) -> Any:
        fields = {"name": "A", "delegate": CONSTANT, "value": "1", "enabled": "on"}
        return self.post(self.url("new_data_element"), fields | posted)


def told(response: Any) -> list[str]:
    """What the person is told after the response."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def text(response: Any) -> str:
    return str(response.content.decode())
