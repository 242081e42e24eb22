"""Erase what is stored about a person: find it, decide, and see that it is gone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import orjson
from django import forms
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import Right
from delivery import erasing
from delivery.erasing import Person
from delivery.filtering import cursor
from delivery.models import Delivery, DeliveryBody, Erasure, Event, EventBody
from delivery.views.opening import opened
from rules.access import AdminRequest, in_property
from rules.models import Property
from rules.views.pages import INVALID, page

PROGRESS = "erasure-progress"
_SHOWN = 20
MOST_BYTES = 512 * 1024 * 1024  # of a download; it says how many events it holds, and how many not
_AT_ONCE = 10  # events in memory


class PersonForm(forms.Form):
    """Who it is. One identifier is enough; an event that has any of them is found."""

    email = forms.CharField(
        label="Email",
        required=False,
        max_length=320,
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label="Telephone number",
        required=False,
        max_length=40,
        help_text="With its country code. Numbers that a site sends without one are found only as "
        "it sends them.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    external_id = forms.CharField(
        label="Your own ID of the person",
        required=False,
        max_length=255,
        help_text="Such as a customer number or an External ID.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask for one identifier at least."""
        entered: dict[str, Any] = self.cleaned_data
        if not any(entered.values()) and not self.errors:
            self.add_error("email", "Please enter an e-mail address, a number or an ID.")
        return entered


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def erasures(request: AdminRequest, property_: Property) -> HttpResponse:
    """Ask who it is, and begin to look."""
    form = PersonForm(request.POST or None)
    token = cursor(request.POST, "token")
    if request.method == "POST" and form.is_valid() and token is not None:
        person = Person(**form.cleaned_data)
        return redirect(erasing.look_for(property_, person, token, request.user))
    context = {
        "form": form,
        "token": uuid.uuid4(),
        "earlier": Erasure.objects.filter(property=property_).order_by("-id")[:_SHOWN],
        "may_erase": Right.MANAGE_ENVIRONMENTS in request.rights,
    }
    status = INVALID if request.method == "POST" else 200
    return page(request, "delivery/erasures.html", context, status=status)


@require_safe
@in_property(None)
def erasure(request: AdminRequest, property_: Property, erasure_id: int) -> HttpResponse:
    """Show how far it has come."""
    return _shown(request, _one(property_, erasure_id))


@require_POST
@in_property(Right.MANAGE_ENVIRONMENTS)
def confirm(request: AdminRequest, property_: Property, erasure_id: int) -> HttpResponse:
    """Erase what was found, after the property's name was typed in to confirm."""
    found = _one(property_, erasure_id)
    if request.POST.get("name", "").strip() != property_.name:
        return _shown(request, found, was_wrong=True, status=INVALID)
    erasing.confirm(found, request.user)
    return redirect(found)


@require_POST
@in_property(Right.MANAGE_ENVIRONMENTS)
def stop(request: AdminRequest, property_: Property, erasure_id: int) -> HttpResponse:
    """Keep everything, and forget what was found."""
    erasing.stop(_one(property_, erasure_id), request.user)
    messages.success(request, "Nothing was erased.")
    return redirect("delivery:erasures", property_.public_id)


@require_POST
@in_property(Right.MANAGE_ENVIRONMENTS)
def export(request: AdminRequest, property_: Property, erasure_id: int) -> StreamingHttpResponse:
    """Give all that is stored of the events that were found, as JSON."""
    found = _one(property_, erasure_id)
    audit.record(
        request.user, "person.exported", property_id=property_.public_id,
        object_id=str(found.pk), name=property_.name, events=found.matches.count(),
    )  # fmt: skip
    response = StreamingHttpResponse(_as_json(found), content_type="application/json")
    name = f"person-{timezone.now():%Y%m%d-%H%M}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _as_json(found: Erasure) -> Iterator[bytes]:
    """Write the events one by one, so that never more than a few are in memory."""
    yield b'{"events": ['
    written, size = 0, 0
    for event in _stored(found):
        text = orjson.dumps(event, default=str, option=orjson.OPT_INDENT_2)
        if size + len(text) > MOST_BYTES:
            break
        yield b",\n" * bool(written) + text
        written, size = written + 1, size + len(text)
    told = {"found": found.matches.count(), "written": written}
    yield b"],\n" + orjson.dumps(told)[1:] + b"\n"


def _stored(found: Erasure) -> Iterator[dict[str, Any]]:
    """Give all that is stored of each event, a few at a time."""
    matches = found.matches.order_by("event_id").values_list("event_id", flat=True)
    ids = list(matches[:_AT_ONCE])
    while ids:
        bodies = EventBody.objects.in_bulk(ids)
        for event in Event.objects.filter(id__in=ids).order_by("id"):
            yield _told(event, bodies.get(event.id))
        ids = list(matches.filter(event_id__gt=ids[-1])[:_AT_ONCE])


def _told(event: Event, body: EventBody | None) -> dict[str, Any]:
    payloads = {one.component: one for one in DeliveryBody.objects.filter(event_id=event.id)}
    return {
        "id": event.id.hex,
        "sender_id": event.client_id,
        "name": event.name,
        "received_at": event.received_at,
        "outcome": event.outcome,
        "content": opened(body).value,
        "deliveries": [
            {
                "name": one.name,
                "id": one.dedup_id,
                "outcome": one.outcome,
                "finished_at": one.finished_at,
                "payload": opened(payloads.get(one.component)).value,
            }
            for one in Delivery.objects.filter(event_id=event.id)
        ],
    }


def _shown(
    request: AdminRequest, found: Erasure, *, was_wrong: bool = False, status: int = 200
) -> HttpResponse:
    context = {
        "erasure": found,
        "url": found.get_absolute_url(),
        "was_wrong": was_wrong,
        "may_erase": Right.MANAGE_ENVIRONMENTS in request.rights,
        "is_found": found.state == Erasure.State.FOUND,
        "is_done": found.state == Erasure.State.DONE,
    }
    return page(request, "delivery/erasure.html", context, partial=PROGRESS, status=status)


def _one(property_: Property, erasure_id: int) -> Erasure:
    # The property's own row, so that its name is there without asking again.
    found = get_object_or_404(Erasure.objects.filter(property=property_), pk=erasure_id)
    found.property = property_
    return found
