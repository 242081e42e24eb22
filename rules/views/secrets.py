"""Secrets: written once, sealed, and from then on only replaced."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import Right
from extensions.core.secret import all_chosen
from rules.access import AdminRequest, in_property
from rules.forms.settings import fault_in_token
from rules.models import DataElement, Environment, Property, Secret
from rules.views.pages import INVALID, page


class _NeverShown(forms.TextInput):
    """Takes a token, and never sends one back, not even with a refused form."""

    def format_value(self, value: Any) -> None:
        """Leave the field empty, whatever was typed."""


class SecretForm(forms.ModelForm[Secret]):
    """A Token secret. The value is asked for, never shown."""

    value = forms.CharField(
        label="Token",
        required=False,
        strip=True,
        max_length=4000,
        widget=_NeverShown(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Secret
        fields = ["name", "environment", "kind"]
        labels = {"name": "Secret Name", "environment": "Target Environment"}
        help_texts = {"environment": "A secret belongs to one environment for life."}
        error_messages = {"name": {"required": "Please specify a name."}}

    def __init__(self, property_: Property, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.instance.property = property_
        environment: Any = self.fields["environment"]
        environment.queryset = property_.environments.all()
        environment.empty_label = None
        if self.instance.pk:
            value: Any = self.fields["value"]
            environment.disabled = True
            self.fields["kind"].disabled = True
            value.masked = self.instance.masked

    def clean_name(self) -> str:
        """Refuse a name that another secret of the property has."""
        name: str = self.cleaned_data["name"]
        twins = Secret.objects.filter(property=self.instance.property, name=name)
        if twins.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another secret of this property has this name.")
        return name

    def clean_value(self) -> str:
        """Ask for a value where there is none yet; refuse one that could not be sent."""
        value: str = self.cleaned_data["value"]
        if fault := fault_in_token(value):
            raise forms.ValidationError(fault)
        if not value and not self.instance.pk:
            raise forms.ValidationError("Please specify a token.")
        return value

    def full_clean(self) -> None:
        """Ask for a token again that a refused form has lost."""
        super().full_clean()
        if self.errors and self.data.get("value") and "value" not in self.errors:
            self.add_error("value", "Please enter the token again: it is never sent back to you.")

    def save(self, commit: bool = True) -> Secret:
        """Seal the value, when one was entered, and save."""
        secret = super().save(commit=False)
        if self.cleaned_data["value"]:
            secret.seal(self.cleaned_data["value"])
        secret.save()
        return secret


@require_safe
@in_property(None)
def index(request: AdminRequest, property_: Property) -> HttpResponse:
    """List the property's secrets, masked."""
    secrets = property_.secrets.select_related("environment")
    return page(request, "rules/secrets.html", {"secrets": secrets})


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def new(request: AdminRequest, property_: Property) -> HttpResponse:
    """Create a secret."""
    initial = {
        "environment": property_.environments.filter(public_id=request.GET.get("in")).first()
    }
    form = SecretForm(property_, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        return _save(request, form, "secret.created")
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def edit(request: AdminRequest, property_: Property, secret_id: str) -> HttpResponse:
    """Rename a secret or replace its value."""
    secret = get_object_or_404(property_.secrets, public_id=secret_id)
    form = SecretForm(property_, request.POST or None, instance=secret)
    if request.method == "POST" and form.is_valid():
        return _save(request, form, "secret.updated")
    return _page(request, form)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def delete(request: AdminRequest, property_: Property, secret_id: str) -> HttpResponse:
    """Delete a secret that no data element refers to."""
    secret = get_object_or_404(property_.secrets, public_id=secret_id)
    users = [element for element in property_.data_elements.all() if _uses(element, secret)]
    if users:
        names = ", ".join(element.name for element in users)
        messages.error(
            request, f"“{secret}” is used by: {names}. Choose another secret there first."
        )
        return redirect("rules:secret", property_.public_id, secret_id)
    if request.method == "POST":
        secret.delete()
        audit.record(
            request.user, "secret.deleted", property_id=property_.public_id,
            object_id=secret_id, name=secret.name,
        )  # fmt: skip
        messages.success(request, f"“{secret.name}” is deleted.")
        return redirect("rules:secrets", property_.public_id)
    context = {
        "title": f"Delete “{secret}”?",
        "text": "Builds that are live keep referring to it, and their events would be held.",
        "label": "Delete",
        "cancel_url": reverse("rules:secrets", args=[property_.public_id]),
        "danger": True,
    }
    return page(request, "confirm.html", context)


def _uses(element: DataElement, secret: Secret) -> bool:
    return any(chosen["id"] == secret.public_id for chosen in all_chosen(element.settings))


def _save(request: AdminRequest, form: SecretForm, action: str) -> HttpResponse:
    secret = form.save()
    audit.record(
        request.user, action, property_id=request.property.public_id,
        object_id=secret.public_id, name=secret.name,
    )  # fmt: skip
    messages.success(request, f"“{secret}” is saved, encrypted.")
    return redirect("rules:secrets", request.property.public_id)


def _page(request: AdminRequest, form: SecretForm) -> HttpResponse:
    status = INVALID if form.errors else 200
    stage = Environment.Stage
    context = {"form": form, "secret": form.instance if form.instance.pk else None, "stage": stage}
    return page(request, "rules/secret.html", context, status=status)
