"""Environments: their stage, id, live build and datastreams."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import Right
from rules.access import AdminRequest, in_property
from rules.models import Environment, Property
from rules.provisioning import create_environment
from rules.views.pages import INVALID, page


class EnvironmentForm(forms.ModelForm[Environment]):
    """The name of an environment."""

    class Meta:
        model = Environment
        fields = ["name"]
        error_messages = {"name": {"required": "Please specify a name."}}

    def clean_name(self) -> str:
        """Refuse a name that another environment of the property has."""
        name: str = self.cleaned_data["name"]
        twins = Environment.objects.filter(property=self.instance.property, name=name)
        if twins.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another environment of this property has this name.")
        return name


@require_safe
@in_property(None)
def index(request: AdminRequest, property_: Property) -> HttpResponse:
    """List the environments with what runs in them."""
    environments = property_.environments.select_related("active_build").defer(
        "active_build__document", "active_build__problems"
    )
    environments = environments.prefetch_related("datastreams", "libraries")
    return page(request, "rules/environments.html", {"environments": environments})


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def new(request: AdminRequest, property_: Property) -> HttpResponse:
    """Add a development environment; staging and production exist once each."""
    instance = Environment(property=property_, stage=Environment.Stage.DEVELOPMENT)
    form = EnvironmentForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            environment = create_environment(
                property_, form.cleaned_data["name"], Environment.Stage.DEVELOPMENT
            )
            _record(request, environment, "environment.created")
        messages.success(request, f"“{environment}” is ready, with a datastream.")
        return redirect("rules:environments", property_.public_id)
    return _page(request, form, None)


@require_http_methods(["GET", "POST"])
@in_property(Right.MANAGE_ENVIRONMENTS)
def edit(request: AdminRequest, property_: Property, environment_id: str) -> HttpResponse:
    """Rename an environment."""
    environment = get_object_or_404(property_.environments, public_id=environment_id)
    form = EnvironmentForm(request.POST or None, instance=environment)
    if request.method == "POST" and form.is_valid():
        form.save()
        _record(request, environment, "environment.updated")
        messages.success(request, f"“{environment}” is saved.")
        return redirect("rules:environments", property_.public_id)
    return _page(request, form, environment)


def _record(request: AdminRequest, environment: Environment, action: str) -> None:
    audit.record(
        request.user, action, property_id=request.property.public_id,
        object_id=environment.public_id, name=environment.name,
    )  # fmt: skip


def _page(
    request: AdminRequest, form: EnvironmentForm, environment: Environment | None
) -> HttpResponse:
    status = INVALID if form.errors else 200
    context = {"form": form, "environment": environment}
    return page(request, "rules/environment.html", context, status=status)
