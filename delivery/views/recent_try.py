"""Try what stands in an editor's form on a recent event."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_POST

from accounts.models import Right
from delivery.views import recent
from delivery.views.story import as_text
from delivery.views.telling import would_send
from extensions.contract import Kept, Refused, Send
from rules import trying
from rules.access import AdminRequest, in_property
from rules.models import Property
from rules.trying import Happened, Tried
from rules.views import entering

_LONGEST = 4_000  # characters of a value
_KINDS = {bool: "true or false", int: "number", float: "number", str: "text", list: "list"}
_VERDICTS = {
    "met": ("passed", "Met"),
    "not_met": ("not passed", "Not met"),
    "ran": ("passed", "Ran"),
    "refused": ("not sent", "Refused"),
    "failed": ("failed", "Failed"),
    "not_reached": ("skipped", "Not reached"),
}


@require_POST
@in_property(Right.DEVELOP)
def of_data_element(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show what the data element in the form gives on a recent event."""
    found = recent.chosen(request, property_)
    entered = entering.data_element(request, property_)
    tried = _tried(property_, entered, found.happened(), trying.element)
    return recent.panel(request, property_, found, {"tried": tried, "result": _shown(tried)})


@require_POST
@in_property(Right.DEVELOP)
def of_component(request: AdminRequest, property_: Property, kind: str) -> HttpResponse:
    """Show what the condition or action in the form makes of a recent event."""
    found = recent.chosen(request, property_)
    entered = entering.component(request, property_, kind)
    tried = _tried(property_, entered, found.happened(), trying.component)
    package = str((entered.content or {}).get("delegate", "")).partition("::")[0]
    shown = _shown(tried, package)
    return recent.panel(request, property_, found, {"tried": tried, "result": shown})


def _tried(
    property_: Property, entered: entering.Entered, happened: Happened | None, run: Any
) -> Tried | None:
    if happened is None:
        return None
    if entered.problems or entered.content is None:
        return Tried(" ".join(entered.problems) or "Nothing is chosen to be tried.")
    tried: Tried = run(property_, entered.content, happened)
    return tried


def _shown(tried: Tried | None, package: str = "") -> dict[str, Any]:
    """Return what the template draws of it, values as JSON text."""
    if tried is None:
        return {}
    trace = tried.trace
    name, word = _VERDICTS[trace.verdict] if trace else ("", "")
    return {
        "steps": [(step.label, _text(step.value), _kind(step.value)) for step in tried.steps],
        "values": [(label, as_text(value)) for label, value in trace.values] if trace else [],
        "verdict": name,
        "word": word,
        "outcome": _outcome(trace.result, package) if trace else None,
        "notices": getattr(trace.result, "notices", ()) if trace else (),
    }


def _outcome(result: Send | Refused | Kept | None, package: str) -> tuple[str, str] | None:
    """Return what an action wants, as a label and JSON text."""
    if isinstance(result, Send):
        return "It would send", _text(would_send(package, result), indent=2)
    if isinstance(result, Kept):
        return f"It keeps at arc.ruleStash.{'.'.join(result.path)}", _text(result.value)
    return None


def _kind(value: Any) -> str:
    return "no value" if value is None else _KINDS.get(type(value), "object")


def _text(value: Any, indent: int | None = None) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str, indent=indent)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
