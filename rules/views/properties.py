"""Event Forwarding: the list of properties, and a property's own settings."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import Right
from rules.access import AdminRequest, for_administrators, for_anyone_signed_in, in_property
from rules.models import Property
from rules.provisioning import create_property
from rules.views.pages import INVALID, page


class PropertyForm(forms.ModelForm[Property]):
    """Name and platform of a property."""

    class Meta:
        model = Property
        fields = ["name", "platform"]
        error_messages = {
            "name": {
                "required": "Please specify a name.",
                "unique": "Another property has this name.",
            }
        }
        help_texts = {"name": "The site or app whose events you want to forward."}


@require_safe
@for_anyone_signed_in
def index(request: AdminRequest) -> HttpResponse:
    """List the properties the person may see."""
    properties = Property.objects.visible_to(request.user)
    return page(request, "rules/properties.html", {"properties": properties})


@require_http_methods(["GET", "POST"])
@for_administrators
def new(request: AdminRequest) -> HttpResponse:
    """Create a property."""
    form = PropertyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        property_ = create_property(form.cleaned_data["name"], request.user)
        messages.success(request, f"“{property_}” is ready: three environments, and Core.")
        return redirect(property_)
    return page(request, "rules/property_form.html", {"form": form}, status=_status(form))


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def configure(request: AdminRequest, property_: Property) -> HttpResponse:
    """Rename a property."""
    form = PropertyForm(request.POST or None, instance=property_)
    if request.method == "POST" and form.is_valid():
        form.save()
        audit.record(
            request.user, "property.updated", property_id=property_.public_id,
            object_id=property_.public_id, name=property_.name,
        )  # fmt: skip
        messages.success(request, "The property is saved.")
        return redirect(property_)
    context = {"form": form, "property": Property.objects.get(pk=property_.pk)}
    return page(request, "rules/property_form.html", context, status=_status(form))


@require_http_methods(["GET", "POST"])
@for_administrators
def delete(request: AdminRequest, property_id: str) -> HttpResponse:
    """Delete a property, after its name was typed in to confirm."""
    property_ = Property.objects.filter(public_id=property_id).first()
    if property_ is None:
        return redirect("rules:properties")
    if request.method == "POST" and request.POST.get("name", "").strip() == property_.name:
        with transaction.atomic():
            audit.record(
                request.user, "property.deleted", property_id=property_id,
                object_id=property_id, name=property_.name,
            )  # fmt: skip
            property_.environments.update(active_build=None)
            property_.delete()
        messages.success(request, f"“{property_.name}” is deleted.")
        return redirect("rules:properties")
    context = {
        "property": property_,
        "was_wrong": request.method == "POST",
        "cancel_url": reverse("rules:property", args=[property_id]),
    }
    return page(request, "rules/delete_property.html", context)


def _status(form: forms.BaseForm) -> int:
    return INVALID if form.errors else 200
