"""What a person may do about a destination."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.models import Right
from delivery import holds
from delivery.models import Destination
from rules.access import AdminRequest, in_property
from rules.models import Property


@require_POST
@in_property(Right.MANAGE_EXTENSIONS)
def release(request: AdminRequest, property_: Property, destination_id: int) -> HttpResponse:
    """Send what waits for a held destination now, instead of at its next try."""
    destination = get_object_or_404(Destination, pk=destination_id, environment__property=property_)
    holds.release(destination)
    audit.record(
        request.user, "destination.released", property_id=property_.public_id,
        name=destination.label,
    )  # fmt: skip
    messages.success(request, f"“{destination}” is tried again now.")
    return redirect(property_)
