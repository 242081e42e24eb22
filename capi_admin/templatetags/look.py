"""What templates need to draw the product: statuses, form widgets, JSON and differences.

Screens never choose an icon or a colour for a state themselves: one table here does, so a state
looks the same in every list.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from rules.forms import drawing

register = template.Library()


@dataclass(frozen=True, slots=True)
class Status:
    """How a state is drawn: an icon's name, the word and the tone (a colour's role)."""

    icon: str
    word: str
    tone: str


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line of a difference; ``kind`` is ``same``, ``removed`` or ``added``."""

    kind: str
    text: str


STATUSES = {
    # Events and deliveries
    "received": Status("inbox", "Received", "neutral"),
    "evaluated": Status("list-check", "On its way", "info"),
    "pending": Status("clock", "Pending", "neutral"),
    "in flight": Status("send", "In flight", "info"),
    "held": Status("player-pause", "Held", "warning"),
    "delivered": Status("circle-check", "Delivered", "success"),
    "partly delivered": Status("circle-half", "Partly delivered", "warning"),
    "not sent": Status("circle-minus", "Not sent", "neutral"),
    "rejected": Status("circle-x", "Rejected", "danger"),
    "expired": Status("clock-x", "Expired", "warning"),
    "failed": Status("alert-triangle", "Failed", "danger"),
    "erased": Status("eraser", "Erased", "neutral"),
    # Destinations and replays
    "open": Status("circle-check", "Open", "success"),
    "paused": Status("player-pause", "Paused", "warning"),
    "resting": Status("clock", "Resting", "info"),
    "running": Status("loader", "Running", "info"),
    "done": Status("circle-check", "Done", "success"),
    "stopped": Status("ban", "Stopped", "neutral"),
    # Builds
    "building": Status("loader", "Building", "info"),
    "succeeded": Status("circle-check", "Succeeded", "success"),
    # Libraries
    "development": Status("pencil", "Development", "neutral"),
    "submitted": Status("send", "Submitted", "info"),
    "approved": Status("check", "Approved", "accent"),
    "published": Status("rocket", "Published", "success"),
    # Resources
    "enabled": Status("circle-check", "Enabled", "success"),
    "disabled": Status("ban", "Disabled", "neutral"),
    "live": Status("bolt", "Live", "success"),
    "installed": Status("check", "Installed", "accent"),
    "update": Status("refresh", "Update", "info"),
    "exception": Status("circle-minus", "Exception", "warning"),
    "draft": Status("pencil", "Draft", "neutral"),
    "new": Status("plus", "New", "accent"),
    "changed": Status("pencil", "Changed", "info"),
    # Traces
    "fired": Status("bolt", "Fired", "success"),
    "not fired": Status("circle-minus", "Did not fire", "neutral"),
    "waiting": Status("clock", "Waiting", "info"),
    "passed": Status("check", "Passed", "success"),
    "not passed": Status("x", "Not passed", "neutral"),
    "skipped": Status("player-skip-forward", "Skipped", "neutral"),
}

_CHOICES = (forms.RadioSelect, forms.CheckboxSelectMultiple)
_WIDGETS: tuple[tuple[type[forms.Widget] | tuple[type[forms.Widget], ...], str, str], ...] = (
    (_CHOICES, "choices", "form-check-input"),
    (forms.CheckboxInput, "checkbox", "form-check-input"),
    (forms.Select, "input", "form-select"),
    (forms.Widget, "input", "form-control"),
)

_JSON_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=:)|(?P<str>"(?:[^"\\]|\\.)*")'
    r"|(?P<word>\b(?:true|false|null)\b)|(?P<num>-?\d[\d.eE+-]*)"
)


@register.filter
def status(name: object) -> Status:
    """Return how the state ``name`` is drawn; an unknown one is neutral, with its own word."""
    key = re.sub(r"[\s_-]+", " ", str(name)).strip().lower()
    return STATUSES.get(key) or Status("point", key.capitalize(), "neutral")


@register.filter
def kind(field: BoundField) -> str:
    """Return the layout a form field needs: ``choices``, ``checkbox``, ``input`` or its own."""
    return getattr(field.field, "layout", "") or _drawing(field)[0]


@register.filter
def widget(field: BoundField) -> SafeString:
    """Return the field's control with our classes and, for a combo, its list of suggestions."""
    own = field.field.widget.attrs
    names = [own.get("class", ""), _drawing(field)[1]]
    if getattr(field.field, "code", False):
        names.append("is-code")
    if field.errors:
        names.append("is-invalid")
    attrs: dict[str, str | bool] = {"class": " ".join(filter(None, names))}
    if getattr(field.field, "code", False):
        attrs["spellcheck"] = "false"
    if getattr(field.field, "suggestions", None):
        attrs |= {"list": f"{field.auto_id}_options", "autocomplete": "off"}
    if getattr(field.field, "is_needed", False):
        attrs["aria-required"] = "true"
    if getattr(field.field, "masked", ""):
        attrs["autocomplete"] = "new-password"
    if getattr(field.form, "focus", "") == field.html_name:
        attrs["autofocus"] = True
    return field.as_widget(attrs=attrs)


@register.filter
def options(field: BoundField) -> list[BoundWidget]:
    """Return the single controls of a group of radio buttons or checkboxes, with our class."""
    for option in field.subwidgets:
        option.data["attrs"]["class"] = _drawing(field)[1]
    return field.subwidgets


@register.filter
def drawn(field: BoundField) -> Any:
    """Return what a field of several controls is drawn from."""
    made: Any = field.field
    return made.drawn(field)


@register.filter
def error_places(field: BoundField) -> list[drawing.Place]:
    """Return where in a field something is wrong: at its one control, or at which of several."""
    if hasattr(field.field, "drawn"):
        return drawing.places(field)
    control = field.id_for_label or field.auto_id
    return [drawing.Place(control, str(field.label), tuple(map(str, field.errors)))]


@register.filter
def show_if(field: BoundField) -> str:
    """Return the condition of a field as the page's script reads it, or an empty string."""
    rule: tuple[str, ...] = getattr(field.field, "shown_when", ())
    if not rule:
        return str(getattr(field.field, "show_if", ""))
    name, *values = rule
    return json.dumps([{"field": field.form.add_prefix(name), "in": list(map(_ticked, values))}])


@register.filter
def any_errors(fields: list[BoundField]) -> bool:
    """Return whether one of the fields was refused."""
    return any(field.errors for field in fields)


@register.filter
def pretty_json(value: object) -> str:
    """Return ``value`` as indented JSON; text that is not JSON comes back as it is."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return str(value)
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


@register.filter
def json_html(value: object) -> SafeString:
    """Return ``value`` as indented JSON whose keys, texts, numbers and words are marked up."""
    text = pretty_json(value)
    if isinstance(value, str | bytes) and text[:1] not in "{[":
        return conditional_escape(text)
    # Every piece was escaped by _marked.
    return mark_safe("".join(_marked(text)))  # noqa: S308


@register.filter
def diff(before: object, after: object) -> list[DiffRow]:
    """Return the lines that lead from ``before`` to ``after``, texts or JSON values."""
    old, new = _lines(before), _lines(after)
    rows: list[DiffRow] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            rows += [DiffRow("same", line) for line in old[i1:i2]]
            continue
        rows += [DiffRow("removed", line) for line in old[i1:i2]]
        rows += [DiffRow("added", line) for line in new[j1:j2]]
    return rows


def _drawing(field: BoundField) -> tuple[str, str]:
    own = field.field.widget
    return next((layout, css) for cls, layout, css in _WIDGETS if isinstance(own, cls))


def _ticked(value: str) -> str:
    return "true" if value == "on" else value


def _lines(value: object) -> list[str]:
    return (value if isinstance(value, str) else pretty_json(value)).splitlines()


def _marked(text: str) -> Iterator[str]:
    end = 0
    for match in _JSON_TOKEN.finditer(text):
        yield conditional_escape(text[end : match.start()])
        yield format_html('<span class="json-{}">{}</span>', match.lastgroup, match.group())
        end = match.end()
    yield conditional_escape(text[end:])
