"""A datastream: who may post to it, how much, and the keys of servers."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import audit
from accounts.models import Right
from rules.access import AdminRequest, in_property
from rules.forms.datastreams import DatastreamForm
from rules.models import Datastream, Property, ServerKey
from rules.models.datastreams import MOST_KEYS
from rules.views.pages import INVALID, page


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def edit(request: AdminRequest, property_: Property, datastream_id: str) -> HttpResponse:
    """Show a datastream and change it."""
    datastream = _found(property_, datastream_id)
    form = DatastreamForm(request.POST or None, instance=datastream)
    if request.method == "POST" and form.is_valid():
        changed = ", ".join(form.changed_data)
        form.save()
        _record(request, datastream, "datastream.updated", fields=changed)
        messages.success(request, f"“{datastream}” is saved. It counts within two seconds.")
        return redirect("rules:datastream", property_.public_id, datastream_id)
    return _page(request, _found(property_, datastream_id), form)


@require_POST
@never_cache
@in_property(Right.MANAGE_ENVIRONMENTS)
def new_key(request: AdminRequest, property_: Property, datastream_id: str) -> HttpResponse:
    """Create a server key, and show it this once."""
    with transaction.atomic():
        # Whoever adds another one at the same moment waits here, so that there are never three.
        datastream = _found(property_, datastream_id, for_update=True)
        if datastream.server_keys.count() >= MOST_KEYS:
            messages.error(request, f"A datastream has at most {MOST_KEYS} keys. Revoke one first.")
            return redirect("rules:datastream", property_.public_id, datastream_id)
        key, text = ServerKey.make(datastream, request.user)
        _record(request, datastream, "server_key.created", key=str(key))
    context = {"datastream": datastream, "key": key, "text": text}
    return page(request, "rules/server_key.html", context)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def revoke_key(
    request: AdminRequest, property_: Property, datastream_id: str, key_id: str
) -> HttpResponse:
    """Revoke a server key, after asking."""
    datastream = _found(property_, datastream_id)
    key = get_object_or_404(datastream.server_keys, public_id=key_id)
    if request.method == "POST":
        with transaction.atomic():
            key.delete()
            _record(request, datastream, "server_key.revoked", key=str(key))
        messages.success(request, f"The key {key} is revoked. It counts within two seconds.")
        return redirect("rules:datastream", property_.public_id, datastream_id)
    context = {
        "title": f"Revoke {key}?",
        "text": "Servers that send this key are refused from then on. It cannot be brought back.",
        "label": "Revoke",
        "cancel_url": reverse("rules:datastream", args=[property_.public_id, datastream_id]),
        "danger": True,
    }
    return page(request, "confirm.html", context)


def _found(property_: Property, datastream_id: str, *, for_update: bool = False) -> Datastream:
    datastreams = Datastream.objects.filter(environment__property=property_)
    if for_update:
        datastreams = datastreams.select_for_update(of=("self",))
    return get_object_or_404(datastreams.select_related("environment"), public_id=datastream_id)


def _record(request: AdminRequest, datastream: Datastream, action: str, **detail: str) -> None:
    audit.record(
        request.user, action, property_id=request.property.public_id,
        object_id=datastream.public_id, name=datastream.name, **detail,
    )  # fmt: skip


def _page(request: AdminRequest, datastream: Datastream, form: DatastreamForm) -> HttpResponse:
    context = {
        "datastream": datastream,
        "form": form,
        "keys": datastream.server_keys.select_related("created_by"),
        "may_add_key": datastream.server_keys.count() < MOST_KEYS,
        "today": datastream.count_of(dt.datetime.now(dt.UTC).date()),
        "address": f"{settings.COLLECTOR_URL}/v1/events/{datastream.public_id}",
    }
    return page(request, "rules/datastream.html", context, status=INVALID if form.errors else 200)
