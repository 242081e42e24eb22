"""The destinations of a property: how each stands, what waits for it, and what a person may do."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django import forms
from django.contrib import messages
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import audit
from accounts.models import Right
from delivery import holds, limiting, pausing, trying
from delivery.destinations import sender_of
from delivery.models import Destination
from delivery.trying import Trial
from rules.access import AdminRequest, in_property
from rules.models import Property
from rules.views.pages import INVALID, page

CAP = 10_000  # waiting deliveries that are counted, the first ones due
_SHOWN = 100
_UNTRIED = {"too_often", "busy"}  # reasons of trials that were none


class PauseForm(forms.Form):
    """Why a destination is paused."""

    why = forms.CharField(
        label="Reason",
        max_length=300,
        error_messages={"required": "Please say why, for whoever looks next."},
        help_text="Everybody who sees the property can read it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Stand:
    """One destination, and how it stands."""

    destination: Destination
    state: str  # open, held, paused or resting
    waiting: int
    is_more: bool  # more wait than were counted
    first_expires_at: dt.datetime | None
    form: PauseForm
    trial: Trial | None = None

    @property
    def is_held(self) -> bool:
        """Whether nothing is sent to it for now."""
        return self.destination.is_held

    @property
    def tried(self) -> str:
        """What came of a test a moment ago, or why there was none."""
        if self.trial is None or self.trial.reason in _UNTRIED:
            return self.trial.title if self.trial else ""
        return f"Tried just now: {self.trial.title}"

    @property
    def can_be_tried(self) -> bool:
        """Whether it can be asked something that surely does nothing."""
        sender = sender_of(self.destination.package)
        return sender is None or bool(sender.sample_code)


@require_safe
@in_property(None)
def destinations(request: AdminRequest, property_: Property) -> HttpResponse:
    """Show every destination."""
    return _shown(request, property_)


@require_http_methods(["GET", "HEAD", "POST"])
@in_property(Right.MANAGE_EXTENSIONS)
def test(request: AdminRequest, property_: Property, destination_id: int) -> HttpResponse:
    """Ask a destination whether it would take events now. One that was held goes on if so.

    The answer stands at this address, so a reload, or whoever goes back to it, comes to the list.
    """
    destination = _one(property_, destination_id)
    if request.method != "POST":
        return redirect("delivery:destinations", property_.public_id)
    trial = _trial(request, destination)
    return _shown(request, property_, tested=(destination.pk, trial))


@require_POST
@in_property(Right.MANAGE_EXTENSIONS)
def pause(request: AdminRequest, property_: Property, destination_id: int) -> HttpResponse:
    """Send nothing to a destination until a person resumes it."""
    destination = _one(property_, destination_id)
    form = _pause_form(destination, request)
    if not form.is_valid():
        return _shown(request, property_, invalid=(destination.pk, form), status=INVALID)
    pausing.pause(destination, f"{request.user}: {form.cleaned_data['why']}")
    _record(request, destination, "destination.paused")
    messages.success(request, f"“{destination}” is paused. What is due waits.")
    return redirect("delivery:destinations", property_.public_id)


@require_POST
@in_property(Right.MANAGE_EXTENSIONS)
def release(request: AdminRequest, property_: Property, destination_id: int) -> HttpResponse:
    """Send what waits for a destination now, instead of at its next try."""
    destination = _one(property_, destination_id)
    told = "is resumed" if holds.is_paused(destination) else "is tried again now"
    holds.release(destination)
    _record(request, destination, "destination.released")
    messages.success(request, f"“{destination}” {told}.")
    back = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return redirect(back)
    return redirect(property_)


def _trial(request: AdminRequest, destination: Destination) -> Trial:
    if not limiting.is_allowed(f"try:{request.user.pk}"):
        return Trial(
            False,
            "Please wait a minute",
            f"You may try {limiting.MOST_PER_MINUTE} times a minute.",
            reason="too_often",
        )
    with limiting.running(str(request.user.pk)) as refusal:
        if refusal:
            return Trial(False, "Please wait a moment", refusal, reason="busy")
        return _resumed(request, destination, trying.of_destination(destination))


def _resumed(request: AdminRequest, destination: Destination, trial: Trial) -> Trial:
    """Let a destination go on whose test passes, unless a person paused it."""
    audit.record(
        request.user, "destination.tested", property_id=request.property.public_id,
        object_id=str(destination.pk), name=destination.label, works=trial.works,
        reason=trial.reason,
    )  # fmt: skip
    if not trial.works:
        return trial
    destination.refresh_from_db()  # a test takes seconds, and somebody may have paused it meanwhile
    if not destination.is_held:
        return trial
    if not holds.release(destination, even_paused=False):
        return replace(trial, meaning="It stays paused until somebody resumes it.")
    return replace(trial, meaning="It is held no longer: what waited is sent now.")


def _shown(
    request: AdminRequest,
    property_: Property,
    *,
    tested: tuple[int, Trial] | None = None,
    invalid: tuple[int, PauseForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = _of(property_).order_by("held_at", "environment_id", "label")
    stands = [
        _stand(
            one,
            tested[1] if tested and tested[0] == one.pk else None,
            invalid[1] if invalid and invalid[0] == one.pk else None,
        )
        for one in found[: _SHOWN + 1]
    ]
    context = {
        "stands": stands[:_SHOWN],
        "is_cut": len(stands) > _SHOWN,
        "may_manage": Right.MANAGE_EXTENSIONS in request.rights,
        "cap": CAP,
    }
    return page(request, "delivery/destinations.html", context, status=status)


def _stand(destination: Destination, trial: Trial | None, form: PauseForm | None) -> Stand:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [destination.pk, CAP + 1])
        waiting, first_expires_at = cursor.fetchone()
    return Stand(
        destination,
        _state(destination),
        min(waiting, CAP),
        waiting > CAP,
        first_expires_at,
        form or _pause_form(destination),
        trial,
    )


def _state(destination: Destination) -> str:
    if destination.is_held:
        return "paused" if holds.is_paused(destination) else "held"
    if destination.rest_until and destination.rest_until > timezone.now():
        return "resting"
    return "open"


def _pause_form(destination: Destination, request: AdminRequest | None = None) -> PauseForm:
    # Each form of the page has ids of its own; the name it sends is the same in all.
    data = request.POST if request else None
    return PauseForm(data, auto_id=f"id_pause_{destination.pk}_%s")


def _of(property_: Property) -> QuerySet[Destination]:
    found = Destination.objects.filter(environment__property=property_)
    return found.select_related("environment__property")


def _one(property_: Property, destination_id: int) -> Destination:
    return get_object_or_404(_of(property_), pk=destination_id)


def _record(request: AdminRequest, destination: Destination, action: str) -> None:
    audit.record(
        request.user, action, property_id=request.property.public_id,
        object_id=str(destination.pk), name=destination.label,
    )  # fmt: skip


_WAITING = """SELECT count(*), min(expires_at) FROM (
    SELECT expires_at FROM delivery_queue WHERE destination_id = %s ORDER BY next_at LIMIT %s
) AS waiting
"""
