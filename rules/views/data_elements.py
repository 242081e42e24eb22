"""Data elements: the list and the editor."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from accounts import audit
from accounts.models import Right
from extensions import registry
from extensions.contract import Delegate
from rules import usage
from rules.access import AdminRequest, in_property
from rules.defining import define
from rules.forms import doubts
from rules.forms.delegates import chosen_delegate, delegate_choices, docs_page
from rules.forms.revisiting import changed, is_revisit
from rules.forms.settings import SettingsForm
from rules.models import DataElement, Property
from rules.revising import lock_heads
from rules.views.pages import INVALID, page
from rules.views.picking import picker_context
from rules.views.recent import recent_context
from rules.views.saving import overtaken, saved, warn_of, working_library


class DataElementForm(forms.ModelForm[DataElement]):
    """What every data element has, whatever its type."""

    use_default = forms.BooleanField(label="Enable Default Value", required=False)
    lock_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = DataElement
        fields = ["name", "default_value", "force_lower_case", "clean_text", "enabled"]
        labels = {
            "default_value": "Default Value",
            "force_lower_case": "Force lowercase value",
            "clean_text": "Clean text",
        }
        help_texts = {
            "name": "Settings refer to it as {{Name}}.",
            "default_value": "Taken when the event has no value, or null.",
            "clean_text": "Removes spaces around the text and doubled ones inside.",
        }
        widgets = {"default_value": forms.TextInput(attrs={"autocomplete": "off"})}
        error_messages = {"name": {"required": "Please specify a name."}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["use_default"].initial = self.instance.default_value is not None
        self.fields["lock_version"].initial = self.instance.lock_version
        default: Any = self.fields["default_value"]
        default.shown_when = ("use_default", "on")
        default.empty_value = ""

    def clean_name(self) -> str:
        """Refuse a name that is taken, or that a token could not hold."""
        name: str = self.cleaned_data["name"]
        if set(name) & set("{}"):
            raise forms.ValidationError("A name may not have braces: tokens are written in them.")
        twins = DataElement.objects.filter(property=self.instance.property, name=name)
        if twins.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("Another data element of this property has this name.")
        return name

    def clean(self) -> dict[str, Any]:
        """Drop a default that is switched off; tell a form that was opened on an older save."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("use_default"):
            cleaned["default_value"] = None
        elif cleaned.get("default_value") is None:
            cleaned["default_value"] = ""
        held = cleaned.get("lock_version")
        if self.instance.pk and held != self.instance.lock_version:
            newest = {"lock_version": str(self.instance.lock_version)}
            self.data = dict(self.data.items()) | newest
            self.add_error(None, overtaken(self.instance))
        return cleaned


@require_safe
@in_property(None)
def index(request: AdminRequest, property_: Property) -> HttpResponse:
    """List the property's data elements."""
    rows = [
        {"element": element, "type": _type_name(element), "summary": _summary(element)}
        for element in property_.data_elements.select_related("updated_by")
    ]
    return page(request, "rules/data_elements.html", {"rows": rows})


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def new(request: AdminRequest, property_: Property) -> HttpResponse:
    """Create a data element."""
    element = DataElement(property=property_, name=request.GET.get("name", "")[:255])
    return _edit(request, property_, element) or _saved(request, element)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def edit(request: AdminRequest, property_: Property, element_id: str) -> HttpResponse:
    """Edit a data element."""
    elements = property_.data_elements.all()
    with transaction.atomic():
        if request.method == "POST":
            lock_heads(property_)  # a new name rewrites other heads too
            elements = elements.select_for_update()
        element = get_object_or_404(elements, public_id=element_id)
        unsaved = _edit(request, property_, element)
    return unsaved or _saved(request, element)


@require_http_methods(["GET", "POST"])
@in_property(Right.DEVELOP)
def delete(request: AdminRequest, property_: Property, element_id: str) -> HttpResponse:
    """Delete a data element that nothing refers to and no library holds."""
    element = get_object_or_404(property_.data_elements, public_id=element_id)
    users = usage.of_data_element(element)
    if users:
        names = ", ".join(f"“{user}”" for user in users)
        messages.error(request, f"“{element}” is used by {names}. Take it out there first.")
        return redirect(element)
    if request.method == "POST":
        return _delete(request, property_, element)
    context = {
        "title": f"Delete “{element}”?",
        "text": "Builds that are live keep their own copy.",
        "label": "Delete",
        "cancel_url": element.get_absolute_url(),
        "danger": True,
    }
    return page(request, "confirm.html", context)


def _delete(request: AdminRequest, property_: Property, element: DataElement) -> HttpResponse:
    public_id, name = element.public_id, element.name
    try:
        with transaction.atomic():
            element.delete()
            audit.record(
                request.user, "data_element.deleted", property_id=property_.public_id,
                object_id=public_id, name=name,
            )  # fmt: skip
    except (ProtectedError, RestrictedError):
        messages.error(request, f"“{name}” is in a library. Disable it and publish that instead.")
        return redirect("rules:data_element", property_.public_id, public_id)
    messages.success(request, f"“{name}” is deleted.")
    return redirect("rules:data_elements", property_.public_id)


def _edit(request: AdminRequest, property_: Property, element: DataElement) -> HttpResponse | None:
    """Save what was posted into the element; return the page to show when that cannot be."""
    delegate = chosen_delegate(request, property_, "data_elements", element.delegate)
    data = changed(request.POST) if request.method == "POST" else None
    revisit = data is not None and is_revisit(data)
    form = _head_form(element, data, revisit)
    settings = _settings_form(delegate, property_, element, data, revisit)
    if data is not None and not revisit and settings and _can_be_saved(form, settings, data):
        _save(request, form, settings)
        return None
    return _page(request, property_, element, form, settings, delegate)


def _head_form(element: DataElement, data: QueryDict | None, revisit: bool) -> DataElementForm:
    if revisit and data is not None:
        return DataElementForm(instance=element, initial=data.dict())
    return DataElementForm(data, instance=element)


def _settings_form(
    delegate: Delegate | None,
    property_: Property,
    element: DataElement,
    data: QueryDict | None,
    revisit: bool,
) -> SettingsForm | None:
    if delegate is None:
        return None
    stored = element.settings if element.delegate == delegate.id else {}
    form = SettingsForm(delegate, property_, stored, data, revisit=revisit)
    doubts.opened(form, stored, data)
    return form


def _can_be_saved(form: DataElementForm, settings: SettingsForm, data: QueryDict) -> bool:
    # Not a generator: the person should see the errors of every form at once.
    if not all([form.is_valid(), settings.is_valid()]):
        return False
    doubts.refuse_circle(settings, form.instance, form.cleaned_data["name"])
    return not settings.errors and not doubts.hold_back(settings, data)


def _save(request: AdminRequest, form: DataElementForm, settings: SettingsForm) -> None:
    element: DataElement = form.save(commit=False)
    element.delegate = settings.described.id
    element.settings = settings.settings()
    define(element, request.user)
    warn_of(request, settings)


def _saved(request: AdminRequest, element: DataElement) -> HttpResponse:
    return saved(
        request, element, reverse("rules:data_elements", args=[element.property.public_id])
    )


def _page(
    request: AdminRequest,
    property_: Property,
    element: DataElement,
    form: DataElementForm,
    settings: SettingsForm | None,
    delegate: Delegate | None,
) -> HttpResponse:
    context = {
        "form": form,
        "settings_form": settings,
        "element": element if element.pk else None,
        "delegate": delegate,
        "docs_page": docs_page(delegate),
        "types": delegate_choices(property_, "data_elements"),
        "library": working_library(request, property_),
        **recent_context(settings),
        **picker_context(request, property_),
    }
    has_errors = form.errors or (settings is not None and settings.is_refused)
    status = INVALID if has_errors else HTTPStatus.OK
    return page(
        request, "rules/data_element.html", context, partial="delegate-settings", status=status
    )


def _type_name(element: DataElement) -> str:
    try:
        return registry.delegate(element.delegate).name
    except registry.UnknownDelegate:
        return "Not available"


def _summary(element: DataElement) -> str:
    try:
        return registry.delegate(element.delegate).summarise(element.settings)
    except registry.UnknownDelegate:
        return element.delegate
