"""Try the configuration of an extension as it stands in its form, saved or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import audit
from accounts.models import Right
from delivery import limiting, trying
from delivery.trying import Trial
from extensions.contract import Package
from rules.access import AdminRequest, in_property
from rules.context import shell
from rules.forms.settings import SettingsForm
from rules.models import Environment, Extension, Property
from rules.views.extensions import configuration, package_of
from rules.views.pages import page

TEMPLATE = "delivery/_connection.html"
RESULT = "connection-result"
CONNECTION, TEST_EVENT = "connection", "event"


class ConnectionForm(forms.Form):
    """What to try, beside the settings that stand in the same form."""

    environment = forms.ChoiceField(label="Environment", required=False)
    code = forms.CharField(
        required=False,
        max_length=255,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(
        self,
        package: Package,
        environments: list[Environment],
        data: QueryDict | None = None,
        code: str = "",
    ) -> None:
        """Offer the environments; Development, which comes first, is chosen."""
        super().__init__(data, prefix="connection", initial={"code": code})
        fields: dict[str, Any] = self.fields
        fields["environment"].choices = [(one.public_id, one.name) for one in environments]
        if package.destination:
            fields["code"].label = package.destination.sample_code


@require_POST
@in_property(Right.MANAGE_EXTENSIONS)
def of_extension(request: AdminRequest, property_: Property, extension_id: str) -> HttpResponse:
    """Try an installed extension with what its form holds."""
    extension = get_object_or_404(property_.extensions, public_id=extension_id)
    return _tried(request, property_, package_of(extension.package), extension)


@require_POST
@in_property(Right.MANAGE_EXTENSIONS)
def of_package(request: AdminRequest, property_: Property, package_id: str) -> HttpResponse:
    """Try a package with what the form that installs it holds."""
    package = package_of(package_id)
    extension = property_.extensions.filter(package=package.id).first()
    return _tried(request, property_, package, extension)


def panel(
    request: AdminRequest,
    package: Package,
    extension: Extension | None,
    trial: Trial | None,
) -> dict[str, Any]:
    """Return what the panel on an extension's page shows; nothing for one that sends nothing."""
    if not _can_be_tried(package) or Right.MANAGE_EXTENSIONS not in request.rights:
        return {}
    environments = list(request.property.environments.all())
    data = request.POST if request.method == "POST" else None
    code = _code_of(package, extension, environments) if data is None else ""
    return {
        "connection_form": ConnectionForm(package, environments, data, code),
        "package": package,
        "trial": trial,
        "try_url": _url(request.property, package, extension),
        "takes_focus": trial is not None,
    }


def _can_be_tried(package: Package) -> bool:
    """Whether something can be sent without an event."""
    return package.destination is not None and bool(package.destination.sample_code)


def _code_of(package: Package, extension: Extension | None, environments: list[Environment]) -> str:
    if extension is None or not environments:
        return ""
    return trying.own_code(environments[0], package, extension.settings, timezone.now())


def _url(property_: Property, package: Package, extension: Extension | None) -> str:
    if extension is None:
        return reverse("delivery:try_package", args=[property_.public_id, package.id])
    return reverse("delivery:try_extension", args=[property_.public_id, extension.public_id])


def _tried(
    request: AdminRequest, property_: Property, package: Package, extension: Extension | None
) -> HttpResponse:
    if not _can_be_tried(package):
        return redirect("rules:extensions", property_.public_id)
    stored = extension.settings if extension else {}
    judged = SettingsForm(package, property_, stored, request.POST)
    trial = _trial(request, property_, package, judged)
    if request.htmx and request.htmx.target == RESULT:
        context = {"package": package, "trial": trial}
        return page(request, TEMPLATE, context, partial=RESULT)
    form = SettingsForm(package, property_, stored, request.POST, revisit=True)
    shown = {"trial": trial, "shell": _shell(request, property_)}
    return configuration(request, property_, package, form, extension, **shown)


def _shell(request: AdminRequest, property_: Property) -> dict[str, Any]:
    """Return the shell around the page with Extensions marked, whatever the address says."""
    shown: dict[str, Any] = shell(request)["shell"]
    here = reverse("rules:extensions", args=[property_.public_id])
    nav = [item._replace(active=item.url == here) for item in shown["nav"]]
    return shown | {"nav": nav}


def _trial(
    request: AdminRequest, property_: Property, package: Package, form: SettingsForm
) -> Trial:
    panel_form = ConnectionForm(package, list(property_.environments.all()), request.POST)
    if not panel_form.is_valid():
        return Trial(False, "Choose an environment and enter a shorter code")
    if not form.is_valid():
        return Trial(False, "Please correct the settings first", _faults(form), reason="invalid")
    if not limiting.is_allowed(f"try:{request.user.pk}"):
        return Trial(
            False,
            "Please wait a minute",
            f"You may try {limiting.MOST_PER_MINUTE} times a minute.",
            reason="too_often",
        )
    environment = _environment(property_, panel_form.cleaned_data)
    is_event = request.POST.get("try") == TEST_EVENT
    with limiting.running(str(request.user.pk)) as refusal:
        if refusal:
            return Trial(False, "Please wait a moment", refusal, reason="busy")
        trial = _run(environment, package, form.settings(), panel_form.cleaned_data, is_event)
    _record(request, package, environment, trial, is_event)
    return trial


def _run(
    environment: Environment,
    package: Package,
    settings: Mapping[str, Any],
    entered: Mapping[str, str],
    is_event: bool,
) -> Trial:
    if is_event:
        return trying.test_event(environment, package, settings, entered["code"], timezone.now())
    return trying.connection(environment, package, settings, timezone.now())


def _environment(property_: Property, entered: Mapping[str, str]) -> Environment:
    chosen = entered["environment"]
    found = property_.environments.select_related("property")
    return get_object_or_404(found, public_id=chosen) if chosen else found[0]


def _faults(form: SettingsForm) -> str:
    """Return what is wrong with the settings, each with the name of its field."""
    words = []
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        words += [f"{label}: {error}" if label else str(error) for error in errors]
    return " ".join(words)


def _record(
    request: AdminRequest,
    package: Package,
    environment: Environment,
    trial: Trial,
    is_event: bool,
) -> None:
    extension = request.property.extensions.filter(package=package.id).first()
    audit.record(
        request.user, "extension.tested", property_id=request.property.public_id,
        object_id=extension.public_id if extension else "", name=package.name,
        environment=environment.name, what=TEST_EVENT if is_event else CONNECTION,
        works=trial.works, reason=trial.reason,
    )  # fmt: skip
