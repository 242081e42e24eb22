"""The living page of the look: every component with made-up data, for administrators.

It exists so that a change to the stylesheet can be judged in one place, by people and by the
browser tests, before it reaches a screen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

from django import forms
from django.contrib.staticfiles import finders
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from capi_admin.styleguide_settings import generated_forms
from capi_admin.templatetags.look import STATUSES
from rules.access import for_administrators

if TYPE_CHECKING:
    from django.http import HttpRequest

SECTIONS = (
    ("colour", "Colour and type"),
    ("icons", "Icons"),
    ("buttons", "Buttons and menus"),
    ("statuses", "Statuses"),
    ("forms", "Forms"),
    ("generated", "Generated forms"),
    ("lists", "Lists and tables"),
    ("cards", "Cards"),
    ("rules", "Rule editor"),
    ("publishing", "Publishing"),
    ("messages", "Messages and dialogs"),
    ("data", "Data"),
)
COLOURS = (
    "bg",
    "surface",
    "surface-2",
    "line",
    "text",
    "text-2",
    "accent",
    "accent-soft",
    "success",
    "warning",
    "danger",
    "info",
)

NOW = datetime(2026, 11, 23, 18, 4, 5, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Link:
    """One entry of tabs or chips."""

    label: str
    url: str = "#lists"
    active: bool = False
    count: int | None = None


@dataclass(frozen=True, slots=True)
class CatalogCard:
    """One package on offer."""

    name: str
    promise: str
    action_label: str
    badge: str = ""
    publisher: str = "CAPI Admin"
    version: str = "1.0.0"
    icon_url: str = ""
    url: str = ""
    action_url: str = "#cards"
    action_post: bool = False


@dataclass(frozen=True, slots=True)
class ComponentCard:
    """One condition or action of a rule."""

    id: str
    name: str
    extension: str
    summary: str = ""
    is_exception: bool = False
    is_disabled: bool = False
    icon_url: str = ""
    edit_url: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a build."""

    label: str
    state: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of a timeline."""

    outcome: str
    at: datetime
    title: str
    text: str = ""
    json: object = None


class ExampleForm(forms.Form):
    """One field of every kind, so that each layout stands on the page."""

    name = forms.CharField(label="Name", help_text="Unique in this property.")
    event_name = forms.CharField(label="Event Name", help_text="Choose one or write your own.")
    email = forms.CharField(label="Email", required=False)
    source = forms.ChoiceField(
        label="Action Source",
        choices=[("website", "Website"), ("app", "App"), ("phone_call", "Phone call")],
        help_text="Where the conversion happened.",
    )
    token = forms.CharField(
        label="Access Token",
        required=False,
        widget=forms.PasswordInput,
        help_text="Kept encrypted.",
    )
    logic = forms.ChoiceField(
        label="Logic Type",
        widget=forms.RadioSelect,
        choices=[("regular", "Regular"), ("exception", "Exception")],
        help_text="An exception stops the actions when it is met.",
    )
    custom_data = forms.CharField(
        label="Data", required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    is_test = forms.BooleanField(label="Send as Test Event", required=False)
    test_code = forms.CharField(
        label="Test Event Code", required=False, help_text="Shown in Meta's Events Manager."
    )
    enabled = forms.BooleanField(label="Enabled", required=False, initial=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        hints: dict[str, dict[str, object]] = {
            "event_name": {"suggestions": ["AddToCart", "Lead", "Purchase"], "picker": True},
            "email": {"picker": True, "hashed": True},
            "token": {"masked": "••••7f3a", "help_url": "https://developers.facebook.com/docs"},
            "custom_data": {"picker": True, "code": True, "wide": True},
            "test_code": {"shown_when": ("is_test", "on")},
            "enabled": {"switch": True},
        }
        for name, values in hints.items():
            for attribute, value in values.items():
                setattr(self.fields[name], attribute, value)


@for_administrators
@require_http_methods(["GET", "POST"])
def styleguide(request: HttpRequest) -> HttpResponse:
    """Show every component; administrators only. Posting only brings the generated form back."""
    return render(request, "styleguide/index.html", _examples() | generated_forms(request))


def icon_names() -> list[str]:
    """Return the name of every icon in the sprite, in its order."""
    found = finders.find("icons.svg")
    return re.findall(r'<symbol id="([\w-]+)"', Path(found).read_text()) if found else []


def _examples() -> dict[str, object]:
    return {
        "sections": SECTIONS,
        "colours": COLOURS,
        "icons": icon_names(),
        "statuses": STATUSES,
        "now": NOW,
        **_form_examples(),
        **_list_examples(),
        **_rule_examples(),
        **_data_examples(),
    }


def _form_examples() -> dict[str, object]:
    form = ExampleForm(initial={"name": "Purchase", "event_name": "Purchase", "logic": "regular"})
    refused = ExampleForm({"name": "", "event_name": "{{Event}}"}, prefix="refused")
    return {
        "form": form,
        "server_fields": [form[name] for name in ("event_name", "source", "email", "custom_data")],
        "test_fields": [form[name] for name in ("is_test", "test_code")],
        "other_fields": [form[name] for name in ("name", "token", "logic", "enabled")],
        "refused": refused,
        "refused_fields": [refused[name] for name in ("name", "source")],
        "library": SimpleNamespace(name="November changes"),
        "data_elements": [
            SimpleNamespace(name="Email", summary="Path · arc.event.xdm.user.email"),
            SimpleNamespace(name="Order value", summary="Path · arc.event.data.order.value"),
            SimpleNamespace(name="Access token", summary="Secret", is_secret=True),
        ],
    }


def _list_examples() -> dict[str, object]:
    outcomes = ("delivered", "partly delivered", "not sent", "rejected", "in flight")
    names = ("Purchase", "AddToCart", "PageView", "Purchase", "Lead")
    return {
        "tabs": [Link("Installed", active=True, count=2), Link("Catalog", count=3)],
        "chips": [Link("Outcome: rejected"), Link("Event name: Purchase")],
        "events": [
            SimpleNamespace(
                name=name,
                outcome=outcome,
                at=NOW - timedelta(seconds=37 * index),
                public_id=f"0192f3a4-77c1-7{index}e0-9d55-0c1f2a3b4c5d",
                rules=index % 3,
            )
            for index, (name, outcome) in enumerate(zip(names, outcomes, strict=True))
        ],
        "cards": [
            CatalogCard(
                "Meta Conversions API",
                "Sends web, app and offline conversions to Meta from your own servers.",
                "Install",
            ),
            CatalogCard(
                "Core",
                "Conditions, data elements and values every property needs.",
                "Configure",
                badge="installed",
            ),
            CatalogCard(
                "Cloud Connector",
                "Sends an event to any address, with headers and a body of your own.",
                "Update",
                badge="update",
            ),
        ],
    }


def _rule_examples() -> dict[str, object]:
    return {
        "conditions": [
            ComponentCard(
                "RC1", "Event is a purchase", "Core", "“{{Event type}}” equals “Purchase”"
            ),
            ComponentCard(
                "RC2",
                "Internal traffic",
                "Core",
                "“{{Client IP}}” starts with “10.”",
                is_exception=True,
            ),
        ],
        "actions": [
            ComponentCard(
                "RC3",
                "Send Conversions API Event",
                "Meta Conversions API Extension",
                "Purchase, with e-mail, value and currency",
                edit_url="#rules",
            ),
        ],
        "steps": [
            Step("Check the library", "done"),
            Step("Compile 3 rules", "active"),
            Step("Activate in Development", "waiting"),
        ],
        "failed_steps": [Step("Check the library", "done"), Step("Compile 3 rules", "failed")],
    }


def _data_examples() -> dict[str, object]:
    payload = {
        "event_name": "Purchase",
        "event_time": 1795456800,
        "action_source": "website",
        "user_data": {"em": ["f660ab912ec121d1b1e928a0bb4bc61b15f5ad44d5efdc4e1c92a25e99b8e44a"]},
        "custom_data": {"currency": "EUR", "value": 59.9, "gift": False, "coupon": None},
    }
    return {
        "payload": payload,
        "before": {"eventName": "Purchase", "email": "{{customer.mail}}", "value": "{{Value}}"},
        "after": {"eventName": "Purchase", "email": "{{Email}}", "value": "{{Value}}"},
        "curl": (
            "curl -X POST https://collect.example.com/v1/events/DS0f3a \\\n"
            '  -H "Content-Type: application/json" \\\n'
            '  -d \'{"event_name": "Purchase"}\''
        ),
        "attempts": [
            Moment("failed", NOW, "Attempt 1", "Meta did not answer within 10 s."),
            Moment(
                "delivered",
                NOW + timedelta(seconds=30),
                "Attempt 2",
                "Meta took 1 event in 214 ms.",
                {"events_received": 1, "messages": [], "fbtrace_id": "AbCdEf123"},
            ),
        ],
    }
