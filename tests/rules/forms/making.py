"""Forms on a schema with every plain control, and what is posted to them."""

from __future__ import annotations

from typing import Any

from django.conf import settings as django_settings
from django.http import QueryDict

import vault
from extensions.contract import Delegate, Problem, Settings
from rules.forms.settings import SettingsForm
from rules.models import Property

TOKEN = "EAAB-canary-secret-token-9876"
SCHEMA: Settings = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Name", "ui": {"placeholder": "Ada"}},
        "kind": {
            "type": "string",
            "title": "Kind",
            "enum": ["a", "b"],
            "ui": {"widget": "select", "options": [["a", "First"], ["b", "Second"]]},
        },
        "city": {
            "type": "string",
            "title": "City",
            "ui": {"widget": "combo", "section": "Where", "options": [["ber", "Berlin"]]},
        },
        "note": {"type": "string", "title": "Note", "ui": {"widget": "textarea"}},
        "data": {"type": ["object", "string"], "title": "Data", "ui": {"widget": "json"}},
        "is_on": {"type": "boolean", "title": "On"},
        "inner": {
            "type": "object",
            "title": "Inner",
            "properties": {
                "deep": {"type": "string", "title": "Deep"},
                "more": {
                    "type": "object",
                    "properties": {"deeper": {"type": "string", "title": "Deeper"}},
                },
            },
        },
        "token": {"type": "string", "title": "Token", "ui": {"widget": "secret"}},
    },
    "additionalProperties": False,
}


def delegate(schema: Settings = SCHEMA, *problems: Problem) -> Delegate:
    """Return an action of the schema whose own check finds these problems."""
    return Delegate(
        id="test::actions::test",
        name="Test",
        schema=schema,
        summarise=lambda _settings: "",
        compile=lambda _settings, _compiler: None,
        check=lambda _settings: problems,
    )


def posted(values: dict[str, Any]) -> QueryDict:
    """Return form data; a list gives a control several values."""
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return data


def form_for(
    property_: Property,
    values: dict[str, Any] | None = None,
    stored: Settings | None = None,
    described: Any = None,
    *,
    revisit: bool = False,
) -> SettingsForm:
    """Return a form that shows what is stored, or that was posted."""
    data = None if values is None else posted(values)
    return SettingsForm(described or delegate(), property_, stored or {}, data, revisit=revisit)


def saved(property_: Property, values: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a form that is valid saves."""
    form = form_for(property_, values, **more)
    assert form.is_valid(), form.errors
    return form.settings()


def seal(property_: Property, value: str = TOKEN) -> str:
    """Seal a secret as the form does."""
    return vault.seal_text(django_settings.KEY_RING, value, property_.public_id)


def opened(property_: Property, sealed: str) -> str:
    """Open a sealed secret."""
    return vault.open_text(django_settings.KEY_RING, sealed, property_.public_id)


def html(form: SettingsForm) -> str:
    """Everything of the form that reaches the browser."""
    fields = "".join(str(bound) + str(bound.errors) for bound in form)
    return fields + str(form.kept_fields()) + str(form.errors)
